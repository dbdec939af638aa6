using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// A LoRA adapter for models of one shape: per target layer A (r, in) and B (out, r), and the biases that it trains
/// in place of the base's. <see cref="Gpt.Attach"/> puts it to work.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    internal const string ASuffix = ".lora_A.weight";

    private readonly SortedDictionary<string, LoraLayer> _layers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Parameter> _biases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _replacedBiases = [];
    private readonly Dictionary<string, Tensor> _mergedRatios = [];

    /// <summary>Makes an untrained adapter: it changes nothing yet, as B is 0.</summary>
    /// <param name="model">The base, for its shapes, its device and its biases.</param>
    /// <param name="config">Refused with all its problems where invalid.</param>
    /// <param name="seed">Of A's values: U(-1/√in, 1/√in).</param>
    /// <exception cref="ArgumentException">
    /// The configuration is invalid, matches no linear layer, or has a rank above a matrix's smaller side.
    /// </exception>
    public LoraAdapter(Gpt model, LoraConfig config, long seed = 1337)
    {
        if (config.Validate() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems.Select(p => $"{p.Member} {p.Problem}")));
        Config = config;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, layer) in model.LinearLayers.Where(entry => config.Matches(entry.Name)))
            _layers.Add(name, NewLayer(name, layer, generator, model.Device));
        if (_layers.Count == 0)
        {
            throw new ArgumentException(
                "target_modules matches none of the linear layers, which are: "
                + string.Join(", ", model.LinearLayers.Take(4).Select(entry => entry.Name)) + " …");
        }

        foreach (var (name, bias) in BaseBiases(model))
        {
            var copy = new Parameter(bias.detach().clone());
            copy.DetachFromDisposeScope();
            _biases.Add(name, copy);
        }
    }

    /// <summary>Its settings.</summary>
    public LoraConfig Config { get; }

    /// <summary>Whether <see cref="Merge"/> has put it into a base.</summary>
    public bool IsMerged { get; private set; }

    /// <summary>
    /// What trains, in a fixed order, under the names of an adapter file without its prefix:
    /// <c>transformer.h.0.attn.c_attn.lora_A.weight</c>, <c>….lora_B.weight</c>, with DoRA
    /// <c>….lora_magnitude_vector</c>, <c>….bias</c>.
    /// </summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters =>
    [
        .. _layers.SelectMany(layer => NamesOf(layer.Key, layer.Value)),
        .. _biases.Select(bias => ($"{bias.Key}.bias", bias.Value)),
    ];

    /// <summary>
    /// Adds the adapter to the base's own weights, so that it costs nothing at inference; detach it first.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// A merged weight would not be finite: the adapter is damaged or its training diverged. The base is untouched.
    /// </exception>
    public void Merge(Gpt model)
    {
        if (IsMerged || model.Adapter is not null)
            throw new InvalidOperationException("Merging needs a base without an adapter, and an adapter not merged.");
        CheckFinite(model);
        ChangeBase(model, merge: true);
        IsMerged = true;
    }

    /// <summary>Takes the adapter out of the base again, up to rounding.</summary>
    public void Unmerge(Gpt model)
    {
        if (!IsMerged)
            throw new InvalidOperationException("The adapter is not merged.");
        ChangeBase(model, merge: false);
        IsMerged = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in _layers.Values)
            layer.Dispose();
        foreach (var bias in _biases.Values)
            bias.Dispose();
        foreach (var kept in _replacedBiases.Values.Concat(_mergedRatios.Values))
            kept.Dispose();
    }

    internal bool Adapts(string module) => _layers.ContainsKey(module);

    internal LoraLayer? LayerOf(string module) => _layers.GetValueOrDefault(module);

    internal Parameter? BiasOf(string module) => _biases.GetValueOrDefault(module);

    internal void Connect(Gpt model)
    {
        if (IsMerged)
            throw new InvalidOperationException("A merged adapter would count twice: unmerge it first.");
        foreach (var (name, layer) in model.LinearLayers)
            (layer.Adapter, layer.AdapterBias) = (_layers.GetValueOrDefault(name), _biases.GetValueOrDefault(name));
        foreach (var (name, norm) in model.LayerNorms)
            norm.AdapterBias = _biases.GetValueOrDefault(name);
    }

    private static IEnumerable<(string Name, Parameter Value)> NamesOf(string module, LoraLayer layer)
    {
        yield return (module + ASuffix, layer.A);
        yield return ($"{module}.lora_B.weight", layer.B);
        if (layer.Magnitude is { } magnitude)
            yield return ($"{module}.lora_magnitude_vector", magnitude);
    }

    private LoraLayer NewLayer(string name, Linear layer, Generator generator, Device device)
    {
        var rank = Config.RankOf(name);
        var smaller = Math.Min(layer.InFeatures, layer.OutFeatures);
        if (rank > smaller)
            throw new ArgumentException($"rank must be at most {smaller}, the smaller side of {name}, not {rank}");
        var bound = 1 / Math.Sqrt(layer.InFeatures);
        var a = device.type == TorchSharp.DeviceType.META
            ? empty(rank, layer.InFeatures, device: device)
            : empty(rank, layer.InFeatures).uniform_(-bound, bound, generator).to(device);
        var result = new LoraLayer
        {
            A = new Parameter(a), // (r, in)
            B = new Parameter(zeros(layer.OutFeatures, rank, device: device)), // (out, r)
            Scale = Config.ScaleOf(name),
            Dropout = Config.Dropout,
        };
        // B is 0, so the rows' lengths are the base's.
        result.Magnitude = Config.UseDora ? new Parameter(layer.Weight.detach().norm(1)) : null; // (out)
        foreach (var (_, parameter) in NamesOf(name, result))
            parameter.DetachFromDisposeScope();
        return result;
    }

    private IEnumerable<(string Name, Parameter Bias)> BaseBiases(Gpt model)
    {
        if (Config.Bias == LoraBias.None)
            yield break;
        foreach (var (name, layer) in model.LinearLayers)
        {
            if (layer.Bias is not null && (Config.Bias == LoraBias.All || _layers.ContainsKey(name)))
                yield return (name, layer.Bias);
        }

        if (Config.Bias != LoraBias.All)
            yield break;
        foreach (var (name, norm) in model.LayerNorms)
        {
            if (norm.Bias is not null)
                yield return (name, norm.Bias);
        }
    }

    private void CheckFinite(Gpt model)
    {
        using var noGrad = no_grad();
        foreach (var (name, layer) in model.LinearLayers)
        {
            using var scope = NewDisposeScope();
            if (!_layers.TryGetValue(name, out var lora))
                continue;
            var merged = Merged(lora, layer.Weight); // (out, in)
            if (!merged.isfinite().all().item<bool>())
                throw new InvalidDataException($"{name}: merging would make weights that are not finite numbers.");
        }

        foreach (var (name, bias) in _biases)
        {
            using var scope = NewDisposeScope();
            if (!bias.isfinite().all().item<bool>())
                throw new InvalidDataException($"{name}: the adapter's bias is not finite.");
        }
    }

    private static Tensor Merged(LoraLayer lora, Tensor weight) // (out, in)
    {
        var sum = lora.Delta().AddInPlace(weight);
        return lora.Magnitude is null ? sum : sum.mul_(Ratio(lora, weight));
    }

    private static Tensor Ratio(LoraLayer lora, Tensor weight) => // (out, 1)
        (lora.Magnitude! / lora.Lengths(weight)).unsqueeze(1);

    private void ChangeBase(Gpt model, bool merge)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (name, layer) in model.LinearLayers)
        {
            if (_layers.TryGetValue(name, out var lora))
                ChangeWeight(name, layer, lora, merge);
        }

        foreach (var (name, bias) in BaseBiases(model))
        {
            if (merge)
                Keep(_replacedBiases, name, bias.clone());
            bias.copy_(merge ? _biases[name] : _replacedBiases[name]);
        }

        model.ClearCopies();
    }

    private void ChangeWeight(string name, Linear layer, LoraLayer lora, bool merge)
    {
        using var scope = NewDisposeScope();
        if (!merge)
        {
            if (lora.Magnitude is not null)
                layer.Weight.div_(_mergedRatios[name]);
            layer.Weight.sub_(lora.Delta());
            return;
        }

        if (lora.Magnitude is not null)
            Keep(_mergedRatios, name, Ratio(lora, layer.Weight));
        layer.Weight.copy_(Merged(lora, layer.Weight));
    }

    private static void Keep(Dictionary<string, Tensor> kept, string name, Tensor value)
    {
        if (kept.Remove(name, out var before))
            before.Dispose();
        kept[name] = value.DetachFromDisposeScope();
    }
}
