// Each test has the machine for itself: suites, trainings and a browser would starve each other of two cores.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
