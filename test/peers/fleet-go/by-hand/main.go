// An order service that Datadog's tracer for Go traces and that writes `_datadog` on its messages by hand.
package main

import (
	"context"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/otel-datadog-bridge/otel-datadog-bridge/test/peers/fleet-go/orders"
)

func main() {
	if err := tracer.Start(); err != nil {
		panic(err)
	}
	defer tracer.Stop()
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	orders.Serve(settings, orders.StartDatadogSpan, datadogFields)
}

func datadogFields(ctx context.Context) orders.Fields {
	span, _ := tracer.SpanFromContext(ctx)
	fields := tracer.TextMapCarrier{}
	if err := tracer.Inject(span.Context(), fields); err != nil {
		panic(err)
	}
	return orders.Fields{Datadog: fields}
}
