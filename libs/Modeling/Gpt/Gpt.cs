using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// GPT-2 (Radford et al. 2019): learned positions, pre-norm blocks, tanh GELU, the token embedding tied to the head.
/// The state dict has GPT-2's names (<c>transformer.h.0.attn.c_attn.weight</c> …) with weights as (out, in), and no
/// <c>lm_head.weight</c>.
/// </summary>
/// <remarks>
/// Master weights are fp32 and stay on the device given; <see cref="Precision"/> is that of the products. Methods
/// return tensors to the caller's dispose scope. One thread at a time.
/// </remarks>
public sealed partial class Gpt : nn.Module
{
    private readonly Transformer transformer;
    private readonly Device _device;
    private Precision _precision;

    /// <summary>Makes a model, initialised as GPT-2 and build-nanogpt do it.</summary>
    /// <param name="config">The shape; refused with all its problems where invalid.</param>
    /// <param name="device">Where the weights are; CPU by default. <c>meta</c> has shapes and no memory.</param>
    /// <param name="precision">Of the matrix products.</param>
    /// <param name="seed">
    /// Of the random weights: N(0, 0.02), both <c>c_proj</c> N(0, 0.02/√(2·n_layer)), biases 0. Null leaves the
    /// weights uninitialised, for a checkpoint that follows.
    /// </param>
    public Gpt(GptConfig config, Device? device = null, Precision precision = Precision.Fp32, long? seed = 1337)
        : base(nameof(Gpt))
    {
        config.ThrowIfInvalid();
        Libtorch.EnsureLoaded();
        Config = config;
        _device = device ?? CPU;
        // Weights belong to the model, whatever scope it is made in.
        using (var scope = NewDisposeScope())
        {
            transformer = new Transformer(config, _device);
            RegisterComponents();
            foreach (var parameter in parameters())
                parameter.DetachFromDisposeScope();
        }

        LinearLayers = [.. named_modules().Where(entry => entry.module is Linear)
            .Select(entry => (entry.name, (Linear)entry.module))];
        LayerNorms = [.. named_modules().Where(entry => entry.module is LayerNorm)
            .Select(entry => (entry.name, (LayerNorm)entry.module))];
        Precision = precision;
        if (seed is { } value && _device.type != DeviceType.META)
            Initialise(value);
    }

    /// <summary>The model's shape.</summary>
    public GptConfig Config { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device => _device;

    /// <summary>The precision of the matrix products; may be changed between passes.</summary>
    public Precision Precision
    {
        get => _precision;
        set
        {
            _precision = value;
            backends.cuda.matmul.allow_tf32 = value != Precision.Fp32;
            ClearCopies();
        }
    }

    /// <summary>The type of the matrix products' inputs.</summary>
    public ScalarType ComputeType => _precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>
    /// Draws the dropout masks in training; needed where <see cref="GptConfig.Dropout"/> or an attached adapter's is
    /// above 0. On the model's device; its state is part of what an exact resume needs.
    /// </summary>
    public Generator? DropoutGenerator { get; set; }

    /// <summary>
    /// Whether training keeps only the blocks' inputs and computes the rest again in the backward pass: about a
    /// third more work for a fraction of the memory.
    /// </summary>
    public bool CheckpointActivations { get; set; }

    /// <summary>
    /// Whether <see cref="AccumulateGradients"/> may use hand-fused kernels in place of the layers' own operations and
    /// autograd: the same results to rounding, faster. Only where all weights train on a CPU with 512-bit vectors,
    /// without dropout, and widths are multiples of 16; elsewhere it has no effect. Default true.
    /// </summary>
    public bool Compiled { get; set; } = true;

    /// <summary>The adapter that takes part in every pass; null for the base model alone.</summary>
    public LoraAdapter? Adapter { get; private set; }

    internal IReadOnlyList<(string Name, Linear Layer)> LinearLayers { get; }

    internal IReadOnlyList<(string Name, LayerNorm Layer)> LayerNorms { get; }

    internal Parameter TokenWeight => transformer.TokenEmbedding.Weight;

    /// <summary>The states before the head, of whole sequences from position 0.</summary>
    /// <param name="ids">(B, T) int64, T at most <see cref="GptConfig.BlockSize"/>.</param>
    /// <returns>(B, T, C) in <see cref="ComputeType"/>.</returns>
    public Tensor Forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var (b, t) = CheckShape(ids);
        var hidden = transformer.Forward(Embed(ids), NewPass(b, t)); // (B·T, C)
        return hidden.view(b, t, Config.NEmbd).MoveToOuterDisposeScope(); // (B, T, C)
    }

    /// <summary>
    /// The states before the head of new tokens that follow what is in a cache. Row r appends
    /// <c>counts[r]</c> tokens to slot <c>slots[r]</c>; rows may start at different lengths. No gradients.
    /// </summary>
    /// <param name="ids">(R, n) int64; a row with fewer tokens than n is padded at its end with any valid id.</param>
    /// <param name="cache">Grows by the counts.</param>
    /// <param name="slots">A different slot for each row; default 0 … R-1.</param>
    /// <param name="counts">The real tokens of each row, 1 to n; default n everywhere.</param>
    /// <returns>(R, n, C); states of padding are meaningless.</returns>
    /// <exception cref="ArgumentException">A slot would grow beyond its capacity, or shapes disagree.</exception>
    public Tensor ForwardCached(Tensor ids, KvCache cache, int[]? slots = null, int[]? counts = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (r, n) = CheckShape(ids);
        slots ??= [.. Enumerable.Range(0, r)];
        counts ??= [.. Enumerable.Repeat(n, r)];
        CheckRows(cache, r, n, slots, counts);
        var rows = new CachedRows(cache, slots, counts, n, _device);
        var positions = rows.Pack(tensor(rows.Positions(clampTo: Config.BlockSize - 1), device: _device)); // (M)
        var x = TokenWeight.index_select(0, rows.Pack(ids.reshape(-1))) // (M, C): M of R·n are no padding
            .AddInPlace(transformer.PositionEmbedding.Weight.index_select(0, positions)); // (M, C)
        var pass = new ForwardPass(r, n, ComputeType, Cached: rows);
        var hidden = rows.Unpack(transformer.Forward(x, pass)); // (R·n, C)
        rows.Commit();
        return hidden.view(r, n, Config.NEmbd).MoveToOuterDisposeScope(); // (R, n, C)
    }

    /// <summary>
    /// As <see cref="ForwardCached"/>, and then the logits of each row's last real token only: what sampling needs.
    /// </summary>
    /// <returns>(R, V) fp32.</returns>
    public Tensor NextLogits(Tensor ids, KvCache cache, int[]? slots = null, int[]? counts = null)
    {
        using var scope = NewDisposeScope();
        var hidden = ForwardCached(ids, cache, slots, counts); // (R, n, C)
        var (r, n) = (hidden.shape[0], hidden.shape[1]);
        var last = tensor(
            Enumerable.Range(0, (int)r).Select(row => (row * n) + (counts?[row] ?? n) - 1).ToArray(), device: _device);
        return Logits(hidden.flatten(0, 1).index_select(0, last)).MoveToOuterDisposeScope(); // (R, V)
    }

    /// <summary>The head: scores of the real vocabulary. Give it only the rows that are needed.</summary>
    /// <param name="hidden">(…, C), from one of the forward methods.</param>
    /// <returns>(…, V) fp32; padded ids are cut off, so nothing after this can choose one.</returns>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var logits = nn.functional.linear(hidden, transformer.TokenEmbedding.Table(ComputeType)); // (…, Vp)
        if (Config.PaddedVocabSize != Config.VocabSize)
            logits = logits.narrow(-1, 0, Config.VocabSize); // (…, V)
        return logits.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>A cache that fits this model on its device.</summary>
    /// <param name="slots">How many contexts it holds at a time.</param>
    /// <param name="capacity">Tokens of the longest context; default <see cref="GptConfig.BlockSize"/>.</param>
    public KvCache CreateCache(int slots = 1, int? capacity = null) =>
        new(Config, slots, capacity ?? Config.BlockSize, ComputeType, _device);

    /// <summary>
    /// Drops the copies of weights in the compute type. Whoever changes weights in place must call it; the
    /// optimizer, the loaders and adapters of this library do.
    /// </summary>
    public void ClearCopies()
    {
        transformer.TokenEmbedding.ClearCopies();
        foreach (var (_, layer) in LinearLayers)
            layer.ClearCopies();
    }

    /// <summary>Drops the copies of what an adapter trains alone: the base's stay, as its weights do.</summary>
    internal void ClearAdapterCopies()
    {
        foreach (var (_, layer) in LinearLayers)
            layer.ClearAdapterCopies();
    }

    /// <summary>
    /// Makes an adapter part of every pass, in place of the one before; the base's parameters stop requiring
    /// gradients. Costs no copy, so one base can serve many adapters in turn.
    /// </summary>
    public void Attach(LoraAdapter adapter)
    {
        Detach();
        _pack = null;
        foreach (var (_, layer) in LinearLayers)
            layer.Pack = null;
        foreach (var parameter in parameters())
            parameter.requires_grad = false;
        adapter.Connect(this);
        Adapter = adapter;
        ClearCopies();
    }

    /// <summary>
    /// Keeps the linear layers' weights in the compute type alone: under an adapter they are needed for nothing else,
    /// and fp32 ones beside copies in bf16 are two thirds of their memory. Passes give the same results; a merge or a
    /// change of precision afterwards starts from the rounded weights.
    /// </summary>
    public void CastBase()
    {
        if (Adapter is null && LinearLayers.All(entry => entry.Layer.Pack is null))
            throw new InvalidOperationException("A base that trains keeps its fp32 weights: attach an adapter first.");
        ClearCopies();
        foreach (var (_, layer) in LinearLayers)
            layer.Cast(ComputeType);
    }

    /// <summary>Leaves the base model alone; the adapter keeps its values.</summary>
    public void Detach()
    {
        if (Adapter is null)
            return;
        Adapter = null;
        Disconnect();
        ClearCopies();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            ClearCopies();
            _fused?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Initialise(long seed)
    {
        using var noGrad = no_grad();
        // Always drawn on the CPU, so that a seed means the same weights on every device.
        using var generator = new Generator((ulong)seed);
        foreach (var (name, parameter) in named_parameters())
        {
            if (parameter.dim() < 2)
                continue; // biases 0 and norms 1 already
            using var scope = NewDisposeScope();
            var scaled = name.EndsWith("c_proj.weight", StringComparison.Ordinal);
            var std = scaled ? 0.02 / Math.Sqrt(2.0 * Config.NLayer) : 0.02;
            parameter.copy_(empty(parameter.shape).normal_(0, std, generator));
        }
    }
}
