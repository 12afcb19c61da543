// The Agent's own code from an OTLP request (JSON on stdin; with the argument otlp-proto protobuf), or with the argument v0.4 from what a tracer
// sends it (MessagePack), to what it counts in its trace metrics, what it keeps, and that as the payload for Datadog's intake (JSON on stdout).
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/DataDog/datadog-agent/pkg/opentelemetry-mapping-go/otlp/attributes"
	"github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace"
	"github.com/DataDog/datadog-agent/pkg/trace/agent"
	"github.com/DataDog/datadog-agent/pkg/trace/api"
	"github.com/DataDog/datadog-agent/pkg/trace/config"
	"github.com/DataDog/datadog-agent/pkg/trace/info"
	"github.com/DataDog/datadog-agent/pkg/trace/sampler"
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

// span is one that the Agent would send on, under the names that Datadog shows.
type span struct {
	TraceID  string `json:"traceId"`
	IsRoot   bool   `json:"isRoot"`
	Name     string `json:"name"`
	Resource string `json:"resource"`
	Type     string `json:"type"`
}

// kept is the spans that the Agent would send on, and the payload in which it would.
type kept struct {
	spans   []span
	payload trace.AgentPayload
}

func (k *kept) Run()                               {}
func (k *kept) Stop()                              {}
func (k *kept) FlushSync() error                   { return nil }
func (k *kept) UpdateAPIKey(oldKey, newKey string) {}
func (k *kept) WriteChunks(chunks *writer.SampledChunks) {
	k.payload.TracerPayloads = append(k.payload.TracerPayloads, chunks.TracerPayload)
	for _, chunk := range chunks.TracerPayload.Chunks {
		for _, s := range chunk.Spans {
			id := strconv.FormatUint(s.TraceID, 10)
			k.spans = append(k.spans, span{id, s.ParentID == 0, s.Name, s.Resource, s.Type})
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

func processOTLP(a *agent.Agent, body []byte, isJSON bool) {
	request := ptraceotlp.NewExportRequest()
	unmarshal := request.UnmarshalProto
	if isJSON {
		unmarshal = request.UnmarshalJSON
	}
	if err := unmarshal(body); err != nil {
		log.Fatal(err)
	}
	resources := request.Traces().ResourceSpans()
	for i := 0; i < resources.Len(); i++ {
		if _, err := a.OTLPReceiver.ReceiveResourceSpans(context.Background(), resources.At(i), http.Header{}, nil); err != nil {
			log.Fatal(err)
		}
		a.Process(<-a.In)
	}
}

func ofTracer(body []byte) *api.Payload {
	var traces trace.Traces
	if _, err := traces.UnmarshalMsg(body); err != nil {
		log.Fatal(err)
	}
	payload := &trace.TracerPayload{LanguageName: "nodejs"}
	for _, spans := range traces {
		chunk := &trace.TraceChunk{Priority: int32(sampler.PriorityNone), Spans: spans, Tags: map[string]string{}}
		payload.Chunks = append(payload.Chunks, chunk)
	}
	return &api.Payload{Source: info.NewReceiverStats(false).GetTagStats(info.Tags{}), TracerPayload: payload}
}

func main() {
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
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
	for _, feature := range strings.Split(os.Getenv("DD_APM_FEATURES"), ",") {
		conf.Features[feature] = struct{}{}
	}
	conf.OTLPReceiver = &config.OTLP{ProbabilisticSampling: 100, AttributesTranslator: translator}
	a := agent.NewAgent(context.Background(), conf, telemetry.NewNoopCollector(), &statsd.NoOpClient{}, none{})
	spans := &kept{spans: []span{}}
	hits := &counted{hits: map[string]uint64{}}
	concentrator := stats.NewConcentrator(conf, hits, time.Now(), &statsd.NoOpClient{})
	a.TraceWriter = spans
	a.Concentrator = concentrator
	concentrator.Start()
	if len(os.Args) > 1 && os.Args[1] == "v0.4" {
		a.Process(ofTracer(body))
	} else {
		processOTLP(a, body, len(os.Args) < 2 || os.Args[1] != "otlp-proto")
	}

	concentrator.Stop()
	payload, err := spans.payload.MarshalVT()
	if err != nil {
		log.Fatal(err)
	}
	account := map[string]any{"hits": hits.hits, "kept": spans.spans, "payload": payload}
	if err := json.NewEncoder(os.Stdout).Encode(account); err != nil {
		log.Fatal(err)
	}
}
