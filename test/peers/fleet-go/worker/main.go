// A worker that Datadog's tracer for Go traces, and which reads `_datadog` of its messages by hand: see test/fleet/worker.ts.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func main() {
	if err := tracer.Start(); err != nil {
		panic(err)
	}
	defer tracer.Stop()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	client := sqs.NewFromConfig(settings)
	queueURL := os.Getenv("QUEUE_URL")
	for ctx.Err() == nil {
		received, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl:              &queueURL,
			MaxNumberOfMessages:   10,
			WaitTimeSeconds:       20,
			MessageAttributeNames: []string{"_datadog"},
		})
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				log.Print(err)
			}
			continue
		}
		for _, message := range received.Messages {
			if err := ship(message); err != nil {
				log.Print(err)
			}
			deletion := &sqs.DeleteMessageInput{QueueUrl: &queueURL, ReceiptHandle: message.ReceiptHandle}
			if _, err := client.DeleteMessage(ctx, deletion); err != nil {
				log.Print(err)
			}
		}
	}
}

func ship(message types.Message) error {
	span := tracer.StartSpan("order.ship", tracer.ChildOf(sender(message)))
	defer span.Finish()
	request, err := http.NewRequest(http.MethodPost, os.Getenv("SHIPPING_URL"), strings.NewReader(*message.Body))
	if err != nil {
		return err
	}
	if err := tracer.Inject(span.Context(), tracer.HTTPHeadersCarrier(request.Header)); err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// The span that has sent the message, by `_datadog` among its attributes, in SNS's envelope or in EventBridge's detail; or nil.
func sender(message types.Message) *tracer.SpanContext {
	attribute := message.MessageAttributes["_datadog"]
	texts := [][]byte{[]byte(aws.ToString(attribute.StringValue)), attribute.BinaryValue}
	var body struct {
		MessageAttributes map[string]struct{ Type, Value string }
		Detail            struct {
			Datadog json.RawMessage `json:"_datadog"`
		}
	}
	if json.Unmarshal([]byte(*message.Body), &body) == nil {
		value := body.MessageAttributes["_datadog"].Value
		decoded, _ := base64.StdEncoding.DecodeString(value)
		texts = append(texts, []byte(value), decoded, body.Detail.Datadog)
	}
	for _, text := range texts {
		fields := tracer.TextMapCarrier{}
		if json.Unmarshal(text, &fields) != nil {
			continue
		}
		if parent, err := tracer.Extract(fields); err == nil {
			return parent
		}
	}
	return nil
}
