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
// itself, so that users of the library do without Prometheus.
type stunCollector struct {
	server *stun.Server
	total  *prometheus.Desc
	values []stunValue
}

// A stunValue is a metric that has one value.
type stunValue struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(stun.Load) float64
}

func newStunValue(name, help string, kind prometheus.ValueType, of func(stun.Load) float64) stunValue {
	return stunValue{prometheus.NewDesc("natproof_stun_"+name, help, nil, nil), kind, of}
}

func newStunCollector(s *stun.Server) *stunCollector {
	c := &stunCollector{server: s, total: prometheus.NewDesc("natproof_stun_events_total",
		"What became of requests, connections and answers.", []string{"event", "network"}, nil)}
	c.values = []stunValue{
		newStunValue("healthy", "1 if the server does all that it is configured for.",
			prometheus.GaugeValue, c.healthy),
		newStunValue("connections", "TCP connections, those back to clients too.", prometheus.GaugeValue,
			func(l stun.Load) float64 { return float64(l.Conns) }),
		newStunValue("connections_max", "How many TCP connections there may be.", prometheus.GaugeValue,
			func(l stun.Load) float64 { return float64(l.MaxConns) }),
		newStunValue("control_connections", "Control connections that the peer made.", prometheus.GaugeValue,
			func(l stun.Load) float64 { return float64(l.Controls) }),
		newStunValue("control_connections_max", "How many control connections the peer may make; 0 without a peer.",
			prometheus.GaugeValue,
			func(l stun.Load) float64 { return float64(l.MaxControls) }),
		newStunValue("forgotten_sources_total",
			"Sources that were forgotten for others while they still owed for what they asked.",
			prometheus.CounterValue,
			func(l stun.Load) float64 { return float64(l.Forgotten) }),
	}
	return c
}

func (c *stunCollector) healthy(stun.Load) float64 {
	if c.server.Health() != nil {
		return 0
	}
	return 1
}

// Describe and Collect make it a prometheus.Collector.
func (c *stunCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.total
	for _, v := range c.values {
		out <- v.desc
	}
}

func (c *stunCollector) Collect(out chan<- prometheus.Metric) {
	for _, n := range c.server.Stats() {
		out <- prometheus.MustNewConstMetric(c.total, prometheus.CounterValue,
			float64(n.Value), n.Event.String(), n.Network)
	}
	load := c.server.Load()
	for _, v := range c.values {
		out <- prometheus.MustNewConstMetric(v.desc, v.kind, v.of(load))
	}
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
	server := metricsServer(s)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving metrics: %w", err)
	}
	return nil
}

func metricsServer(s *stun.Server) *http.Server {
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
	// The server does not wait for a client that asks slowly or does not read the
	// answer.
	return &http.Server{
		Handler:     mux,
		ReadTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
}
