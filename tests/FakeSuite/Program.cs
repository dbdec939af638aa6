using System.Runtime.InteropServices;
using Platform.FakeSuite;

// By hand: dotnet run --project tests/FakeSuite, then the Dashboard with the variables that it prints.
var stopped = new TaskCompletionSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
await using var suite = new Suite();
await suite.StartAsync();
suite.World.StartClock();
foreach (var (name, value) in suite.Environment)
    Console.WriteLine($"export {name}={value}");
await stopped.Task;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopped.TrySetResult();
}
