// Ships each order of a queue in the trace of what sent it, be that traced by Datadog or by OpenTelemetry.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"strings"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	tracer.Start()
	lambda.Start(handle)
}

func handle(ctx context.Context, event events.SQSEvent) (err error) {
	defer tracer.Flush()
	for at := 0; at < len(event.Records) && err == nil; at++ {
		err = ship(ctx, event.Records[at])
	}
	return err
}

func ship(ctx context.Context, message events.SQSMessage) error {
	span, ctx := tracer.StartSpanFromContext(ctx, "order.ship", tracer.ChildOf(sender(message)))
	defer span.Finish()
	request, err := http.NewRequestWithContext(ctx, "POST", os.Getenv("SHIPPING_URL"), strings.NewReader(message.Body))
	if err != nil {
		return err
	}
	tracer.Inject(span.Context(), tracer.HTTPHeadersCarrier(request.Header))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// What sent the message, by `_datadog` or by OpenTelemetry's fields, in its attributes, SNS's envelope or EventBridge's detail; or nil.
func sender(message events.SQSMessage) *tracer.SpanContext {
	var body struct{ MessageAttributes, Detail map[string]json.RawMessage }
	json.Unmarshal([]byte(message.Body), &body)
	fields := tracer.TextMapCarrier{}
	for name, attribute := range message.MessageAttributes {
		fields[name] = string(attribute.BinaryValue)
		if attribute.StringValue != nil {
			fields[name] = *attribute.StringValue
		}
	}
	for name, text := range body.MessageAttributes {
		var attribute struct{ Value string }
		json.Unmarshal(text, &attribute)
		fields[name] = attribute.Value
	}
	// What is no JSON leaves the fields as they are.
	decoded, _ := base64.StdEncoding.DecodeString(fields["_datadog"])
	for _, text := range []string{fields["_datadog"], string(decoded), string(body.Detail["_datadog"])} {
		json.Unmarshal([]byte(text), &fields)
	}
	parent, _ := tracer.Extract(fields)
	return parent
}
