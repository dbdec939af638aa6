using System.Diagnostics;
using System.Runtime.CompilerServices;
using Platform.InferenceHost.Models;

namespace Platform.InferenceHost.Generation;

/// <summary>One call's generation: its updates as they come, and the time they took.</summary>
internal sealed class TextGeneration(ModelLease lease, GenerationJob job, long arrived) : IDisposable
{
    private long _first;
    private long _last;

    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens => job.Prompt.Length;

    /// <summary>Tokens generated so far.</summary>
    public int CompletionTokens { get; private set; }

    /// <summary>Seconds spent loading the model for this call.</summary>
    public double LoadSeconds => lease.LoadSeconds;

    /// <summary>Seconds from the call's arrival to its first token, loading not included; 0 before.</summary>
    public double FirstTokenSeconds =>
        _first == 0 ? 0 : Math.Max(0, Stopwatch.GetElapsedTime(arrived, _first).TotalSeconds - LoadSeconds);

    /// <summary>Generated tokens a second after the first; 0 before the second.</summary>
    public double TokensPerSecond =>
        CompletionTokens < 2 ? 0 : (CompletionTokens - 1) / Stopwatch.GetElapsedTime(_first, _last).TotalSeconds;

    /// <summary>The updates; the last has an end.</summary>
    public async IAsyncEnumerable<GenerationUpdate> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in job.Updates.ReadAllAsync(cancellationToken))
        {
            _last = Stopwatch.GetTimestamp();
            if (_first == 0)
                _first = _last;
            CompletionTokens += update.TokenId is null ? 0 : 1;
            yield return update;
        }
    }

    /// <summary>Ends the generation if it goes on; the model is kept until the engine has let go of it.</summary>
    public void Dispose()
    {
        job.Abandon();
        _ = ReleaseAsync();
    }

    private async Task ReleaseAsync()
    {
        await job.Ended;
        lease.Dispose();
    }
}
