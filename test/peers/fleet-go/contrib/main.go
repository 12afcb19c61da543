// An order service that Datadog's tracer for Go traces, with its instrumentation of AWS's SDK, which writes `_datadog`.
package main

import (
	"context"

	awstrace "github.com/DataDog/dd-trace-go/contrib/aws/aws-sdk-go-v2/v2/aws"
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
	awstrace.AppendMiddleware(&settings)
	orders.Serve(settings, orders.StartDatadogSpan, orders.NoFields)
}
