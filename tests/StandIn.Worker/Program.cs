// Takes the place of the training worker (docs/decisions/0001): the same command line, files, signals and exit codes,
// with losses from a formula in place of a model. What goes wrong, and where it waits, stands in <data root>/script.
using Platform.StandIn;

using var worker = new StandInWorker(args);
return worker.Run();
