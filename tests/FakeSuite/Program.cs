using Platform.FakeSuite;

// By hand: dotnet run --project tests/FakeSuite, then the Dashboard with the variables that it prints.
await using var suite = new Suite();
await suite.StartAsync();
suite.World.StartClock();
foreach (var (name, value) in suite.Environment)
    Console.WriteLine($"export {name}={value}");
await Task.Delay(Timeout.Infinite);
