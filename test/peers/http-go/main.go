// A service that Datadog's tracer for Go traces: it takes orders and passes each on to the next service. See test/fleet/direct/http.ts.
package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	httptrace "github.com/DataDog/dd-trace-go/contrib/net/http/v2"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
)

func main() {
	if err := tracer.Start(); err != nil {
		panic(err)
	}
	defer tracer.Stop()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	client := httptrace.WrapClient(&http.Client{})
	pass := func(response http.ResponseWriter, request *http.Request) {
		next, err := http.NewRequestWithContext(request.Context(), http.MethodPost, os.Getenv("NEXT_URL"), request.Body)
		if err == nil {
			var answer *http.Response
			if answer, err = client.Do(next); err == nil {
				defer answer.Body.Close()
				_, err = io.Copy(response, answer.Body)
			}
		}
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadGateway)
		}
	}
	mux := httptrace.NewServeMux()
	mux.HandleFunc("POST /{way}", pass)
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	server.ListenAndServe()
}
