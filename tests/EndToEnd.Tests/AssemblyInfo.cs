// Each test has the machine for itself: suites, trainings and a browser would starve each other of two cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
