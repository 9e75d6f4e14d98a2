package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// manifests reads the objects of a file as the API server would, which knows no field
// that Kubernetes has not.
func manifests(t *testing.T, name string) (jobs []batchv1.Job, claims []corev1.PersistentVolumeClaim) {
	t.Helper()
	for _, text := range bytes.Split(read(t, name), []byte("\n---\n")) {
		var kind metav1.TypeMeta
		err := yaml.Unmarshal(text, &kind)
		switch {
		case err != nil:
		case kind.APIVersion == "batch/v1" && kind.Kind == "Job":
			jobs = append(jobs, batchv1.Job{})
			err = yaml.UnmarshalStrict(text, &jobs[len(jobs)-1])
		case kind.APIVersion == "v1" && kind.Kind == "PersistentVolumeClaim":
			claims = append(claims, corev1.PersistentVolumeClaim{})
			err = yaml.UnmarshalStrict(text, &claims[len(claims)-1])
		default:
			err = fmt.Errorf("unknown kind %q", kind.Kind)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return jobs, claims
}

// The example for Kubernetes is valid, its shards are together the whole, and what its
// containers run works, with a folder in the place of the volumes.
func TestKubernetesExample(t *testing.T) {
	jobs, claims := manifests(t, "examples/kubernetes/judge.yaml")
	merge, _ := manifests(t, "examples/kubernetes/merge.yaml")
	if len(jobs) != 1 || len(merge) != 1 || len(claims) != 1 {
		t.Fatalf("the example has %d and %d jobs and %d claims, want one of each", len(jobs), len(merge), len(claims))
	}
	judge := jobs[0].Spec
	if judge.CompletionMode == nil || *judge.CompletionMode != batchv1.IndexedCompletion || judge.Completions == nil {
		t.Fatal("the job is not indexed")
	}
	for _, job := range []batchv1.Job{jobs[0], merge[0]} {
		pod := job.Spec.Template.Spec
		mounted := map[string]bool{}
		for _, volume := range pod.Volumes {
			mounted[volume.Name] = true
			if claim := volume.PersistentVolumeClaim; claim != nil && claim.ClaimName != claims[0].Name {
				t.Errorf("%s uses a claim that is not there", job.Name)
			}
		}
		for _, mount := range pod.Containers[0].VolumeMounts {
			if !mounted[mount.Name] {
				t.Errorf("%s mounts %s, which is no volume", job.Name, mount.Name)
			}
		}
	}
	dir := t.TempDir()
	var shards string
	for _, env := range judge.Template.Spec.Containers[0].Env {
		if env.Name == "SHARDS" {
			shards = env.Value
		}
	}
	if shards != fmt.Sprint(*judge.Completions) {
		t.Errorf("%s shards for %d completions", shards, *judge.Completions)
	}
	for i := range *judge.Completions {
		inContainer(t, dir, judge.Template.Spec.Containers[0], "NAT=memory", "SHARDS="+shards,
			fmt.Sprintf("JOB_COMPLETION_INDEX=%d", i))
	}
	inContainer(t, dir, merge[0].Spec.Template.Spec.Containers[0])
	for _, name := range []string{"index.html", "matrix.json"} {
		if _, err := os.Stat(filepath.Join(dir, "all", name)); err != nil {
			t.Error(err)
		}
	}
}

// inContainer runs what a container of the example runs, with the reports in dir.
func inContainer(t *testing.T, dir string, container corev1.Container, env ...string) {
	t.Helper()
	path := program(t)
	bin, _, _ := strings.Cut(path, ":")
	var args []string
	for _, arg := range append(container.Command, container.Args...) {
		args = append(args, strings.NewReplacer("/natproof/natproof", filepath.Join(bin, "natproof"), "/reports", dir).
			Replace(arg))
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "PATH="+path), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", args, err, out)
	}
}
