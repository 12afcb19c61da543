// Lines of JSON header sets in, lines of JSON observations out: see test/differential/peer.ts.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
)

type observedContext struct {
	TraceID  string            `json:"traceId"`
	SpanID   string            `json:"spanId"`
	Priority *int              `json:"priority"`
	Origin   *string           `json:"origin"`
	Tags     map[string]string `json:"tags"`
}

type observedLink struct {
	TraceID    string            `json:"traceId"`
	SpanID     string            `json:"spanId"`
	Attributes map[string]string `json:"attributes"`
}

type child struct {
	SpanID  string  `json:"spanId"`
	Headers headers `json:"headers"`
}

type observation struct {
	Context   *observedContext  `json:"context"`
	Links     []observedLink    `json:"links"`
	Baggage   map[string]string `json:"baggage"`
	Forwarded headers           `json:"forwarded"`
	Child     *child            `json:"child"`
}

// headers is a carrier that is read in the order of its names: the tracer's own is read in a random one, and what it makes of
// priority and tags depends on which comes first.
type headers map[string]string

func (h headers) Set(key, value string) { h[key] = value }

func (h headers) ForeachKey(handler func(key, value string) error) error {
	for _, key := range slices.Sorted(maps.Keys(h)) {
		if err := handler(key, h[key]); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	// The defaults for tests have no connection to anyone. Spans are never finished, so never sent.
	if err := tracer.Start(tracer.WithTestDefaults(nil), tracer.WithLogger(silent{})); err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewReader(os.Stdin)
	observations := json.NewEncoder(os.Stdout)
	observations.SetEscapeHTML(false)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		var headerSets []headers
		if err := json.Unmarshal(line, &headerSets); err != nil {
			log.Fatal(err)
		}
		observed := make([]observation, len(headerSets))
		for i, set := range headerSets {
			observed[i] = observe(set)
		}
		if err := observations.Encode(observed); err != nil {
			log.Fatal(err)
		}
	}
}

func observe(in headers) observation {
	observed := observation{Links: []observedLink{}, Baggage: map[string]string{}, Forwarded: headers{}}
	extracted, err := tracer.Extract(in)
	if err != nil || extracted == nil {
		return observed
	}
	// Injection leaves its traces in the extracted context: the child has one of its own.
	context := observeContext(extracted)
	extracted.ForeachBaggageItem(func(key, value string) bool {
		observed.Baggage[key] = value
		return true
	})
	for _, link := range extracted.SpanLinks() {
		observed.Links = append(observed.Links, observedLink{
			TraceID:    fmt.Sprintf("%016x%016x", link.TraceIDHigh, link.TraceID),
			SpanID:     fmt.Sprintf("%016x", link.SpanID),
			Attributes: link.Attributes,
		})
	}
	again, err := tracer.Extract(in)
	if err != nil {
		log.Fatal(err)
	}
	span := tracer.StartSpan("child", tracer.ChildOf(again))
	if span.Context().TraceID() != extracted.TraceID() {
		// Baggage alone leaves with a span only.
		if baggage, ok := inject(span.Context())["baggage"]; ok {
			observed.Forwarded["baggage"] = baggage
		}
		return observed
	}
	observed.Context = context
	observed.Forwarded = inject(extracted)
	observed.Child = &child{SpanID: fmt.Sprintf("%016x", span.Context().SpanID()), Headers: inject(span.Context())}
	return observed
}

// inject returns what was written, even before an error, or before the panic with which this tracer answers a remote context that
// came without priority and tags.
func inject(context *tracer.SpanContext) (out headers) {
	out = headers{}
	defer func() { _ = recover() }()
	_ = tracer.Inject(context, out)
	return out
}

func observeContext(context *tracer.SpanContext) *observedContext {
	observed := &observedContext{
		TraceID: context.TraceID(),
		SpanID:  fmt.Sprintf("%016x", context.SpanID()),
		Origin:  nonEmpty(field(context, "origin").String()),
		Tags:    propagationTags(context),
	}
	if priority, ok := context.SamplingPriority(); ok {
		observed.Priority = &priority
	}
	return observed
}

// field reads what the tracer keeps of a context beyond its public type.
func field(context *tracer.SpanContext, name string) reflect.Value {
	value := reflect.ValueOf(context).Elem().FieldByName(name)
	if !value.IsValid() {
		log.Fatalf("SpanContext has no field %s", name)
	}
	return value
}

func propagationTags(context *tracer.SpanContext) map[string]string {
	tags := map[string]string{}
	trace := field(context, "trace")
	if trace.IsNil() {
		return tags
	}
	// An atomic.Value, which holds its map in its one field.
	stored := trace.Elem().FieldByName("propagatingTags").Field(0)
	if stored.IsNil() {
		return tags
	}
	for _, key := range stored.Elem().MapKeys() {
		if name := key.String(); strings.HasPrefix(name, "_dd.p.") {
			tags[name] = stored.Elem().MapIndex(key).String()
		}
	}
	return tags
}

func nonEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

type silent struct{}

func (silent) Log(string) {}
