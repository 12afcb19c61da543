// Takes orders by POST and sends them on with the trace's context in `_datadog`.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func main() {
	if err := tracer.Start(); err != nil {
		log.Fatal(err)
	}
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	client := sqs.NewFromConfig(settings)
	http.HandleFunc("POST /", func(answer http.ResponseWriter, request *http.Request) {
		parent, _ := tracer.Extract(tracer.HTTPHeadersCarrier(request.Header))
		span, ctx := tracer.StartSpanFromContext(request.Context(), "order.send", tracer.ChildOf(parent))
		defer span.Finish()
		order, _ := io.ReadAll(request.Body)
		if err := send(ctx, client, span, string(order)); err != nil {
			http.Error(answer, err.Error(), http.StatusInternalServerError)
		}
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func send(ctx context.Context, client *sqs.Client, span *tracer.Span, order string) error {
	fields := tracer.TextMapCarrier{}
	if err := tracer.Inject(span.Context(), fields); err != nil {
		return err
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:    aws.String(os.Getenv("QUEUE_URL")),
		MessageBody: &order,
		MessageAttributes: map[string]types.MessageAttributeValue{
			"_datadog": {DataType: aws.String("String"), StringValue: aws.String(string(text))},
		},
	})
	return err
}
