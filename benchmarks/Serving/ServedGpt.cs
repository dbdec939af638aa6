using Platform.Modeling;

namespace Platform.Benchmarks;

/// <summary>A GPT-2 with random weights in a decoder, for the benchmarks of serving.</summary>
internal sealed class ServedGpt : IDisposable
{
    private readonly Gpt _model;
    private readonly List<LoraAdapter> _adapters = [];

    public ServedGpt(string preset, WeightKind kind, int slots, int threads)
    {
        MemoryTuning.Apply();
        ThreadTuning.Apply();
        ComputeDevice.SetThreads(threads);
        _model = new Gpt(GptConfig.Preset(preset));
        _model.eval();
        Decoder = ProcessorDecoder.IsSupported(_model)
            ? new ProcessorDecoder(_model, slots, kind, threads)
            : new TorchDecoder(_model, slots, kind);
    }

    /// <summary>The decoder.</summary>
    public ITokenDecoder Decoder { get; }

    /// <summary>V.</summary>
    public int Vocabulary => _model.Config.VocabSize;

    /// <summary>An adapter of the usual four layers.</summary>
    public LoraAdapter AddAdapter(int rank)
    {
        var adapter = new LoraAdapter(_model, new LoraConfig { Rank = rank, Alpha = 2 * rank }, _adapters.Count);
        _adapters.Add(adapter);
        return adapter;
    }

    /// <summary>Ids of a prompt; the same for a seed.</summary>
    public int[] Prompt(int length, int seed = 0) =>
        [.. Enumerable.Range(0, length).Select(i => ((i * 7919) + (seed * 104729)) % 50000)];

    public void Dispose()
    {
        Decoder.Dispose();
        foreach (var adapter in _adapters)
            adapter.Dispose();
        _model.Dispose();
    }
}
