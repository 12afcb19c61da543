package orders

import (
	"context"
	"net/http"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
)

// StartDatadogSpan begins the span of a request, which is the child of what sent it.
func StartDatadogSpan(request *http.Request) (context.Context, func()) {
	var parent *tracer.SpanContext
	if extracted, err := tracer.Extract(tracer.HTTPHeadersCarrier(request.Header)); err == nil {
		parent = extracted
	}
	span, ctx := tracer.StartSpanFromContext(request.Context(), "http.request", tracer.ChildOf(parent))
	return ctx, func() { span.Finish() }
}
