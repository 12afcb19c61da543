// Package orders is what the fleet's order services in Go have in common: see test/fleet/order-service.ts.
package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	events "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	topics "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queues "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Fields is what an application writes on a message by hand.
type Fields struct {
	// Datadog is the text map in `_datadog`.
	Datadog map[string]string
	// Attributes are attributes of their own.
	Attributes map[string]string
}

// NoFields is for services in which something else writes.
func NoFields(context.Context) Fields { return Fields{} }

// Serve takes orders until it is told to end. `start` begins the span of a request, and `fields` are those of the span in the context.
func Serve(
	settings aws.Config,
	start func(*http.Request) (ctx context.Context, finish func()),
	fields func(context.Context) Fields,
) {
	send := sender{
		queues: sqs.NewFromConfig(settings),
		topics: sns.NewFromConfig(settings),
		events: eventbridge.NewFromConfig(settings),
		fields: fields,
	}
	server := &http.Server{
		Addr: "127.0.0.1:" + os.Getenv("PORT"),
		Handler: http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
			ctx, finish := start(request)
			defer finish()
			body, err := io.ReadAll(request.Body)
			if err = cmp.Or(err, send.order(ctx, request.URL.Path, body)); err != nil {
				http.Error(answer, err.Error(), http.StatusInternalServerError)
			}
		}),
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() { log.Print(server.ListenAndServe()) }()
	<-ctx.Done()
	if err := server.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
}

type sender struct {
	queues *sqs.Client
	topics *sns.Client
	events *eventbridge.Client
	fields func(context.Context) Fields
}

func (s *sender) order(ctx context.Context, way string, body []byte) error {
	order := aws.String(string(body))
	var err error
	switch way {
	case "/single":
		_, err = s.queues.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl:          variable("QUEUE_URL"),
			MessageBody:       order,
			MessageAttributes: s.queueAttributes(ctx),
		})
	case "/fifo":
		_, err = s.queues.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl:               variable("FIFO_QUEUE_URL"),
			MessageBody:            order,
			MessageAttributes:      s.queueAttributes(ctx),
			MessageGroupId:         aws.String("orders"),
			MessageDeduplicationId: order,
		})
	case "/batch":
		return s.batch(ctx, body)
	case "/topic":
		_, err = s.topics.Publish(ctx, &sns.PublishInput{
			TopicArn:          variable("TOPIC_ARN"),
			Message:           order,
			MessageAttributes: s.topicAttributes(ctx),
		})
	case "/event":
		return s.event(ctx, body)
	default:
		err = fmt.Errorf("no way %s", way)
	}
	return err
}

func (s *sender) batch(ctx context.Context, body []byte) error {
	var orders []json.RawMessage
	if err := json.Unmarshal(body, &orders); err != nil {
		return err
	}
	entries := make([]queues.SendMessageBatchRequestEntry, len(orders))
	for at, order := range orders {
		entries[at] = queues.SendMessageBatchRequestEntry{
			Id:                aws.String(strconv.Itoa(at)),
			MessageBody:       aws.String(string(order)),
			MessageAttributes: s.queueAttributes(ctx),
		}
	}
	output, err := s.queues.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
		QueueUrl: variable("QUEUE_URL"),
		Entries:  entries,
	})
	if err == nil && len(output.Failed) > 0 {
		err = fmt.Errorf("%d entries failed", len(output.Failed))
	}
	return err
}

func (s *sender) event(ctx context.Context, body []byte) error {
	detail := map[string]any{}
	if err := json.Unmarshal(body, &detail); err != nil {
		return err
	}
	if fields := s.fields(ctx).Datadog; fields != nil {
		detail["_datadog"] = fields
	}
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	output, err := s.events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []events.PutEventsRequestEntry{{
		EventBusName: variable("EVENT_BUS"),
		Source:       aws.String("shop"),
		DetailType:   aws.String("order"),
		Detail:       aws.String(string(text)),
	}}})
	if err == nil && output.FailedEntryCount > 0 {
		err = fmt.Errorf("%d events failed", output.FailedEntryCount)
	}
	return err
}

func (s *sender) queueAttributes(ctx context.Context) map[string]queues.MessageAttributeValue {
	attributes := map[string]queues.MessageAttributeValue{}
	for name, value := range s.attributes(ctx) {
		attributes[name] = queues.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	return attributes
}

func (s *sender) topicAttributes(ctx context.Context) map[string]topics.MessageAttributeValue {
	attributes := map[string]topics.MessageAttributeValue{}
	for name, value := range s.attributes(ctx) {
		attributes[name] = topics.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	return attributes
}

func (s *sender) attributes(ctx context.Context) map[string]string {
	fields := s.fields(ctx)
	attributes := map[string]string{}
	for name, value := range fields.Attributes {
		attributes[name] = value
	}
	if fields.Datadog != nil {
		text, err := json.Marshal(fields.Datadog)
		if err != nil {
			panic(err)
		}
		attributes["_datadog"] = string(text)
	}
	return attributes
}

func variable(name string) *string { return aws.String(os.Getenv(name)) }
