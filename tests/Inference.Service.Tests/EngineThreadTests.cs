namespace Platform.Inference.Service.Tests;

/// <summary>Tests that look at the whole process, and so run when no others do.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;

/// <summary>
/// A service that has ended leaves no thread of its engine behind, which would hold a model's memory.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class EngineThreadTests
{
    [Fact]
    public async Task Dispose_AfterAGeneration_EndsTheEnginesAndTheDecodersThreads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads are counted by the kernel's list.");
        List<string> during;
        using (var app = new InferenceApp())
        {
            app.AddModel("a");
            await app.Client.GenerateAsync(
                new() { Model = "runs/a", Prompt = "The boy", Sampling = new() { MaxTokens = 5 } },
                cancellationToken: TestContext.Current.CancellationToken);
            during = OfTheEngine();
        }

        Assert.Contains("generation engi", during); // as much of a name as the kernel keeps
        // The kernel's list may be a moment behind the runtime's.
        await Eventually.HoldsAsync(() => OfTheEngine().Count == 0);
    }

    private static List<string> OfTheEngine()
    {
        var names = new List<string>();
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                names.Add(File.ReadAllText(Path.Combine(thread, "comm")).Trim());
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return [.. names.Where(name => name is "generation engi" or "decoder")];
    }
}
