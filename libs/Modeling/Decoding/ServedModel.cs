namespace Platform.Modeling;

/// <summary>A model's weights in the decoder's form, and its adapters'.</summary>
internal sealed class ServedModel : IDisposable
{
    private const int PerBlock = 6;
    private readonly Gpt _model;
    private readonly List<ServedModule> _modules = [];
    private readonly Dictionary<LoraAdapter, PackedAdapter?[]> _adapters = [];

    private readonly HugePageMemory _memory;
    private readonly bool _shortActivations;

    public ServedModel(Gpt model, WeightKind kind, bool shortActivations)
    {
        (_model, Kind, _shortActivations) = (model, kind, shortActivations);
        model.RoundWeights(kind);
        // Integers are made of the values that they stand for, not of those values in bf16.
        if (kind != WeightKind.Int8)
            model.CastLinearLayers();
        _memory = new HugePageMemory(kind != WeightKind.Int8 ? 0
            : model.LinearLayers.Sum(entry => PackedMatrix.Int8Bytes(entry.Layer.Weight, entry.Layer.OutFeatures))
                + PackedMatrix.Int8Bytes(model.TokenWeight, model.Config.VocabSize));
        AddModules();
        Head = Pack(model.HeadWeight(kind), null, model.Config.VocabSize, kind);
        TokenRows = Pack(model.TokenWeight, null, model.Config.VocabSize, WeightKind.Fp32);
        PositionRows = Pack(model.PositionWeight, null, model.Config.BlockSize, WeightKind.Fp32);
        model.CastLinearLayers();
    }

    /// <summary>How weights are kept.</summary>
    public WeightKind Kind { get; }

    /// <summary>The head.</summary>
    public PackedMatrix Head { get; }

    /// <summary>The token embedding.</summary>
    public PackedMatrix TokenRows { get; }

    /// <summary>The position embedding.</summary>
    public PackedMatrix PositionRows { get; }

    /// <summary>The last norm.</summary>
    public ServedModule LastNorm => _modules[^1];

    /// <summary>Bytes beside the model's own.</summary>
    public long OwnBytes => Head.OwnBytes + _modules.Sum(module => module.Matrix?.OwnBytes ?? 0);

    /// <summary>A block's module: ln_1, c_attn, c_proj, ln_2, c_fc, c_proj.</summary>
    public ServedModule this[int block, int module] => _modules[(block * PerBlock) + module];

    /// <summary>An adapter's parts by module; packed at its first use.</summary>
    public PackedAdapter?[] Adapter(LoraAdapter adapter)
    {
        if (_adapters.TryGetValue(adapter, out var parts))
            return parts;
        var linears = _model.LinearLayers.ToDictionary(entry => entry.Name, entry => entry.Layer);
        parts = [.. _modules.Select(module =>
            PackedAdapter.Of(adapter, module.Name, linears.GetValueOrDefault(module.Name)))];
        _adapters.Add(adapter, parts);
        return parts;
    }

    /// <summary>Drops an adapter that goes.</summary>
    public void Forget(LoraAdapter adapter)
    {
        if (!_adapters.Remove(adapter, out var parts))
            return;
        foreach (var part in parts)
            part?.Dispose();
    }

    public void Dispose()
    {
        foreach (var adapter in _adapters.Keys.ToList())
            Forget(adapter);
        foreach (var module in _modules)
            module.Dispose();
        Head.Dispose();
        TokenRows.Dispose();
        PositionRows.Dispose();
        _memory.Dispose();
    }

    private PackedMatrix Pack(
        TorchSharp.torch.Tensor weight, TorchSharp.torch.Tensor? bias, int outputs, WeightKind kind) =>
        new(weight, bias, outputs, kind, _memory, _shortActivations);

    private void AddModules()
    {
        var linears = _model.LinearLayers.ToDictionary(entry => entry.Name, entry => entry.Layer);
        var norms = _model.LayerNorms.ToDictionary(entry => entry.Name, entry => entry.Layer);
        for (var block = 0; block < _model.Config.NLayer; block++)
        {
            var prefix = FormattableString.Invariant($"transformer.h.{block}.");
            AddNorm(prefix + "ln_1", norms);
            AddLinear(prefix + "attn.c_attn", linears);
            AddLinear(prefix + "attn.c_proj", linears);
            AddNorm(prefix + "ln_2", norms);
            AddLinear(prefix + "mlp.c_fc", linears);
            AddLinear(prefix + "mlp.c_proj", linears);
        }

        AddNorm("transformer.ln_f", norms);
    }

    private void AddNorm(string name, Dictionary<string, LayerNorm> norms)
    {
        var norm = norms[name];
        var bias = norm.Bias is null ? null : FloatBuffer.Of(norm.Bias);
        _modules.Add(new ServedModule(name, _modules.Count, null, FloatBuffer.Of(norm.Weight), bias));
    }

    private void AddLinear(string name, Dictionary<string, Linear> linears)
    {
        var layer = linears[name];
        var matrix = Pack(layer.Weight, layer.Bias, layer.OutFeatures, Kind);
        _modules.Add(new ServedModule(name, _modules.Count, matrix, null, null));
    }
}
