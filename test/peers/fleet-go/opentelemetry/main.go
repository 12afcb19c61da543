// An order service that OpenTelemetry's SDK for Go traces and that writes W3C's fields on its messages by hand.
package main

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/config"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	spans "go.opentelemetry.io/otel/trace"

	"github.com/otel-datadog-bridge/otel-datadog-bridge/test/peers/fleet-go/orders"
)

func main() {
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		panic(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	orders.Serve(settings, startSpan, w3cFields)
	if err := provider.Shutdown(ctx); err != nil {
		panic(err)
	}
}

func startSpan(request *http.Request) (context.Context, func()) {
	parent := otel.GetTextMapPropagator().Extract(request.Context(), propagation.HeaderCarrier(request.Header))
	ctx, span := otel.Tracer("orders").Start(parent, "send", spans.WithSpanKind(spans.SpanKindProducer))
	return ctx, func() { span.End() }
}

func w3cFields(ctx context.Context) orders.Fields {
	fields := propagation.MapCarrier{}
	otel.GetTextMapPropagator().Inject(ctx, fields)
	return orders.Fields{Attributes: fields}
}
