package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/natproof/natproof/probe/stun"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A stunCollector shows a server's counts to Prometheus. The server counts by
// itself, so that whoever uses it as a library need not have Prometheus.
type stunCollector struct {
	server       *stun.Server
	total, ready *prometheus.Desc
}

func newStunCollector(s *stun.Server) *stunCollector {
	return &stunCollector{
		server: s,
		total: prometheus.NewDesc("natproof_stun_events_total",
			"What became of requests, connections and answers.", []string{"event", "network"}, nil),
		ready: prometheus.NewDesc("natproof_stun_healthy",
			"1 if the server does all that it is configured for.", nil, nil),
	}
}

// Describe and Collect make it a prometheus.Collector.
func (c *stunCollector) Describe(out chan<- *prometheus.Desc) { out <- c.total; out <- c.ready }

func (c *stunCollector) Collect(out chan<- prometheus.Metric) {
	for _, n := range c.server.Stats() {
		out <- prometheus.MustNewConstMetric(c.total, prometheus.CounterValue, float64(n.Value), n.Event.String(), n.Network)
	}
	healthy := 1.0
	if c.server.Health() != nil {
		healthy = 0
	}
	out <- prometheus.MustNewConstMetric(c.ready, prometheus.GaugeValue, healthy)
}

func listenMetrics(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for metrics: %w", err)
	}
	return l, nil
}

// serveMetrics serves /metrics and /healthz until ctx is done.
func serveMetrics(ctx context.Context, l net.Listener, s *stun.Server) error {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newStunCollector(s), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.Health(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving metrics: %w", err)
	}
	return nil
}
