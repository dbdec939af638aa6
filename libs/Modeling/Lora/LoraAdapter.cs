using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// A LoRA adapter for models of one shape: per target layer A (r, in) and B (out, r), and the biases that it trains
/// in place of the base's. <see cref="Gpt.Attach"/> puts it to work.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly SortedDictionary<string, LoraLayer> _layers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Parameter> _biases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _replacedBiases = [];

    /// <summary>Makes an untrained adapter: it changes nothing yet, as B is 0.</summary>
    /// <param name="model">The base, for its shapes, its device and its biases.</param>
    /// <param name="config">Refused with all its problems where invalid.</param>
    /// <param name="seed">Of A's values: U(-1/√in, 1/√in).</param>
    /// <exception cref="ArgumentException">The configuration is invalid, or matches no linear layer.</exception>
    public LoraAdapter(Gpt model, LoraConfig config, long seed = 1337)
    {
        if (config.Validate() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems.Select(p => $"{p.Member} {p.Problem}")));
        Config = config;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, layer) in model.LinearLayers.Where(entry => config.Matches(entry.Name)))
            _layers.Add(name, NewLayer(layer, generator, model.Device));
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
    /// <c>transformer.h.0.attn.c_attn.lora_A.weight</c>, <c>….lora_B.weight</c>, <c>….bias</c>.
    /// </summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters =>
    [
        .. _layers.SelectMany(layer => new[]
        {
            ($"{layer.Key}.lora_A.weight", layer.Value.A), ($"{layer.Key}.lora_B.weight", layer.Value.B),
        }),
        .. _biases.Select(bias => ($"{bias.Key}.bias", bias.Value)),
    ];

    /// <summary>
    /// Adds the adapter to the base's own weights, so that it costs nothing at inference; detach it first.
    /// </summary>
    public void Merge(Gpt model)
    {
        if (IsMerged || model.Adapter is not null)
            throw new InvalidOperationException("Merging needs a base without an adapter, and an adapter not merged.");
        ChangeBase(model, sign: 1);
        IsMerged = true;
    }

    /// <summary>Takes the adapter out of the base again, up to rounding.</summary>
    public void Unmerge(Gpt model)
    {
        if (!IsMerged)
            throw new InvalidOperationException("The adapter is not merged.");
        ChangeBase(model, sign: -1);
        IsMerged = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in _layers.Values)
            layer.Dispose();
        foreach (var bias in _biases.Values)
            bias.Dispose();
        foreach (var bias in _replacedBiases.Values)
            bias.Dispose();
    }

    internal bool Adapts(string module) => _layers.ContainsKey(module);

    internal void Connect(Gpt model)
    {
        if (IsMerged)
            throw new InvalidOperationException("A merged adapter would count twice: unmerge it first.");
        foreach (var (name, layer) in model.LinearLayers)
            (layer.Adapter, layer.AdapterBias) = (_layers.GetValueOrDefault(name), _biases.GetValueOrDefault(name));
        foreach (var (name, norm) in model.LayerNorms)
            norm.AdapterBias = _biases.GetValueOrDefault(name);
    }

    private LoraLayer NewLayer(Linear layer, Generator generator, Device device)
    {
        var bound = 1 / Math.Sqrt(layer.InFeatures);
        var a = device.type == TorchSharp.DeviceType.META
            ? empty(Config.Rank, layer.InFeatures, device: device)
            : empty(Config.Rank, layer.InFeatures).uniform_(-bound, bound, generator).to(device);
        var result = new LoraLayer
        {
            A = new Parameter(a), // (r, in)
            B = new Parameter(zeros(layer.OutFeatures, Config.Rank, device: device)), // (out, r)
            Scale = Config.Scale,
            Dropout = Config.Dropout,
        };
        result.A.DetachFromDisposeScope();
        result.B.DetachFromDisposeScope();
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

    private void ChangeBase(Gpt model, int sign)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (name, layer) in model.LinearLayers)
        {
            if (_layers.TryGetValue(name, out var lora))
                layer.Weight.add_(lora.Delta(), sign);
        }

        foreach (var (name, bias) in BaseBiases(model))
        {
            if (sign > 0)
                _replacedBiases[name] = bias.clone().DetachFromDisposeScope();
            bias.copy_(sign > 0 ? _biases[name] : _replacedBiases[name]);
        }

        model.ClearCopies();
    }
}
