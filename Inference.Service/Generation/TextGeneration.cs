using System.Diagnostics;
using System.Runtime.CompilerServices;
using Platform.InferenceHost.Models;
using Platform.Modeling;

namespace Platform.InferenceHost.Generation;

/// <summary>One call's generation: the updates of its texts as they come, and the time they took.</summary>
internal sealed class TextGeneration(
    ModelLease lease, string prompt, IReadOnlyList<GenerationJob> jobs, GenerationFeed feed) : IDisposable
{
    private long _first;
    private long _last;

    /// <summary>The model.</summary>
    public LoadedModel Model => lease.Model;

    /// <summary>The prompt's text.</summary>
    public string Prompt => prompt;

    /// <summary>The prompt's tokens.</summary>
    public IReadOnlyList<int> PromptIds => jobs[0].Prompt;

    /// <summary>Scores of the prompt's tokens, once there is an update.</summary>
    public IReadOnlyList<TokenScores?> PromptScores => jobs[0].PromptScores;

    /// <summary>Prompt tokens that an earlier request had brought into the cache.</summary>
    public int CachedTokens => jobs[0].CachedTokens;

    /// <summary>Texts.</summary>
    public int Count => jobs.Count;

    /// <summary>Tokens generated so far, all texts together.</summary>
    public int CompletionTokens { get; private set; }

    /// <summary>Seconds spent loading the model for this call.</summary>
    public double LoadSeconds => lease.LoadSeconds;

    /// <summary>Seconds from the call's arrival to its first token, loading not included; 0 before.</summary>
    public double FirstTokenSeconds =>
        _first == 0 ? 0 : Stopwatch.GetElapsedTime(jobs[0].Arrived, _first).TotalSeconds;

    /// <summary>Generated tokens a second after the first; 0 before the second.</summary>
    public double TokensPerSecond => CompletionTokens < 2 || _last == _first
        ? 0
        : (CompletionTokens - 1) / Stopwatch.GetElapsedTime(_first, _last).TotalSeconds;

    /// <summary>The seed of a text.</summary>
    public long Seed(int index) => jobs[index].Settings.Sampling.Seed;

    /// <summary>The updates; the last of each text has an end.</summary>
    public async IAsyncEnumerable<GenerationUpdate> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in feed.Updates.ReadAllAsync(cancellationToken))
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
        foreach (var job in jobs)
            job.Abandon();
        lease.EndUse();
        _ = ReleaseAsync();
    }

    private async Task ReleaseAsync()
    {
        foreach (var job in jobs)
            await job.Ended;
        lease.Dispose();
    }
}
