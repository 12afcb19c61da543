// The Agent's own code from an OTLP request (JSON on stdin) to what it counts in its trace metrics and what it keeps (JSON on stdout).
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/DataDog/datadog-agent/pkg/opentelemetry-mapping-go/otlp/attributes"
	"github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace"
	"github.com/DataDog/datadog-agent/pkg/trace/agent"
	"github.com/DataDog/datadog-agent/pkg/trace/config"
	"github.com/DataDog/datadog-agent/pkg/trace/stats"
	"github.com/DataDog/datadog-agent/pkg/trace/telemetry"
	"github.com/DataDog/datadog-agent/pkg/trace/writer"
	"github.com/DataDog/datadog-go/v5/statsd"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// counted is how many spans there were, by resource.
type counted struct{ hits map[string]uint64 }

func (c *counted) Write(payload *trace.StatsPayload) {
	for _, client := range payload.Stats {
		for _, bucket := range client.Stats {
			for _, group := range bucket.Stats {
				c.hits[group.Resource] += group.Hits
			}
		}
	}
}

// kept is the resources of the spans that the Agent would send on.
type kept struct{ spans []string }

func (k *kept) Run()                               {}
func (k *kept) Stop()                              {}
func (k *kept) FlushSync() error                   { return nil }
func (k *kept) UpdateAPIKey(oldKey, newKey string) {}
func (k *kept) WriteChunks(chunks *writer.SampledChunks) {
	for _, chunk := range chunks.TracerPayload.Chunks {
		for _, span := range chunk.Spans {
			k.spans = append(k.spans, span.Resource)
		}
	}
}

// plain is no compression.
type plain struct{ io.Writer }

func (plain) Flush() error { return nil }
func (plain) Close() error { return nil }

type none struct{}

func (none) NewWriter(w io.Writer) (io.WriteCloser, error) { return plain{w}, nil }
func (none) NewReader(r io.Reader) (io.ReadCloser, error)  { return io.NopCloser(r), nil }
func (none) Encoding() string                              { return "" }

func main() {
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalJSON(body); err != nil {
		log.Fatal(err)
	}
	translator, err := attributes.NewTranslator(componenttest.NewNopTelemetrySettings())
	if err != nil {
		log.Fatal(err)
	}
	conf := config.New()
	conf.Endpoints[0].APIKey = "none"
	conf.Hostname = "agent"
	// The receiver waits until what it received is taken.
	conf.TraceBuffer = 1
	conf.OTLPReceiver = &config.OTLP{ProbabilisticSampling: 100, AttributesTranslator: translator}
	a := agent.NewAgent(context.Background(), conf, telemetry.NewNoopCollector(), &statsd.NoOpClient{}, none{})
	spans := &kept{spans: []string{}}
	hits := &counted{hits: map[string]uint64{}}
	concentrator := stats.NewConcentrator(conf, hits, time.Now(), &statsd.NoOpClient{})
	a.TraceWriter = spans
	a.Concentrator = concentrator
	concentrator.Start()
	resources := request.Traces().ResourceSpans()
	for i := 0; i < resources.Len(); i++ {
		if _, err := a.OTLPReceiver.ReceiveResourceSpans(context.Background(), resources.At(i), http.Header{}, nil); err != nil {
			log.Fatal(err)
		}
		a.Process(<-a.In)
	}

	concentrator.Stop()
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"hits": hits.hits, "kept": spans.spans}); err != nil {
		log.Fatal(err)
	}
}
