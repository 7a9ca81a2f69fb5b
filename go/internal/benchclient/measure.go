//go:build unix

package main

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// batchTime is how long a batch takes about. Short ones in turn see the same machine.
	batchTime = 50 * time.Millisecond
	// batches is how many of them each side has in a round; an even number.
	batches = 8
)

// task is the same work, done by several sides.
type task struct {
	name string
	// goroutines is how many do the work at once.
	goroutines int
	// units is what is done by one call: chunks, where it is a stream.
	units int
	sides []side
}

type side struct {
	name string
	// begin is done once for each goroutine, and gives what it does for each call.
	begin func() func() error
}

// sideReport has a figure of each round, for one unit: times in nanoseconds, and what was allocated.
type sideReport struct {
	Name        string    `json:"name"`
	Wall        []float64 `json:"wall"`
	CPU         []float64 `json:"cpu"`
	Bytes       []float64 `json:"bytes"`
	Allocations []float64 `json:"allocations"`
}

type taskReport struct {
	Name  string       `json:"name"`
	Batch int          `json:"batch"`
	Sides []sideReport `json:"sides"`
}

// cost is what was used so far, or by a batch.
type cost struct{ wall, cpu, bytes, allocations float64 }

// measure lets the sides work in turn: from the first to the last and back, several times a round, so that a machine
// that slows down does so for all; and every other round the other way.
func (t *task) measure(rounds int) (taskReport, error) {
	count, err := t.warm()
	if err != nil {
		return taskReport{}, err
	}
	done := taskReport{Name: t.name, Batch: count, Sides: make([]sideReport, len(t.sides))}
	order := make([]int, len(t.sides))
	for i := range t.sides {
		order[i] = i
		done.Sides[i].Name = t.sides[i].name
	}
	for range rounds {
		used := make([]cost, len(t.sides))
		for range batches {
			for _, i := range order {
				if err := t.batch(i, count, &used[i]); err != nil {
					return done, err
				}
			}
			slices.Reverse(order)
		}
		slices.Reverse(order)
		each := float64(batches * count * t.units)
		for i, total := range used {
			report := &done.Sides[i]
			report.Wall = append(report.Wall, total.wall/each)
			report.CPU = append(report.CPU, total.cpu/each)
			report.Bytes = append(report.Bytes, total.bytes/each)
			report.Allocations = append(report.Allocations, total.allocations/each)
		}
	}
	return done, nil
}

// warm makes connections and fills pools, and gives the number of calls of a batch.
func (t *task) warm() (int, error) {
	count := t.goroutines
	for {
		var quickest float64
		for i := range t.sides {
			var used cost
			if err := t.batch(i, count, &used); err != nil {
				return 0, err
			}
			if i == 0 || used.wall < quickest {
				quickest = used.wall
			}
		}
		if quickest >= float64(batchTime) {
			return count, nil
		}
		count += max(1, int(float64(count)*min(1, 1.1*float64(batchTime)/quickest-1)))
	}
}

// batch lets a side make calls, and adds what they took. It begins without garbage of others.
func (t *task) batch(side, count int, used *cost) error {
	calls := make([]func() error, t.goroutines)
	for i := range calls {
		calls[i] = t.sides[side].begin()
	}
	runtime.GC()
	before, err := usedSoFar()
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := run(calls, count); err != nil {
		return err
	}
	used.wall += float64(time.Since(begun))
	after, err := usedSoFar()
	if err != nil {
		return err
	}
	used.cpu += after.cpu - before.cpu
	used.bytes += after.bytes - before.bytes
	used.allocations += after.allocations - before.allocations
	return nil
}

// run makes count calls, in as many goroutines as there are functions that make one.
func run(calls []func() error, count int) error {
	if len(calls) == 1 {
		for range count {
			if err := calls[0](); err != nil {
				return err
			}
		}
		return nil
	}
	var working sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(count))
	failed := make(chan error, len(calls))
	for _, call := range calls {
		working.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	working.Wait()
	close(failed)
	return <-failed
}

// usedSoFar has no wall time.
func usedSoFar() (cost, error) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return cost{}, err
	}
	return cost{
		cpu:         float64(usage.Utime.Nano() + usage.Stime.Nano()),
		bytes:       float64(memory.TotalAlloc),
		allocations: float64(memory.Mallocs),
	}, nil
}
