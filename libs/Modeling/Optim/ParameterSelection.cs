using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// What a training run trains: every parameter of a model, or those of an adapter. The optimizer, clipping and the
/// exchange between ranks see nothing else, so pretraining, full fine-tuning and LoRA are one loop.
/// </summary>
public sealed class ParameterSelection
{
    private readonly Gpt _model;

    private ParameterSelection(Gpt model, IEnumerable<(string Name, Parameter Value)> parameters, bool isAdapter)
    {
        _model = model;
        Parameters = [.. parameters];
        IsAdapter = isAdapter;
        model.ClearCopies();
    }

    /// <summary>Names (of the state dict, or of the adapter file) and parameters, in a fixed order.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <summary>Whether an adapter trains, and the base does not.</summary>
    public bool IsAdapter { get; }

    /// <summary>How many numbers train.</summary>
    public long Count => Parameters.Sum(parameter => parameter.Value.NumberOfElements);

    /// <summary>Matrices and embeddings (two dimensions or more) have weight decay, as in build-nanogpt.</summary>
    public IEnumerable<(string Name, Parameter Value)> Decayed => Parameters.Where(p => p.Value.dim() >= 2);

    /// <summary>Biases and norms: no weight decay.</summary>
    public IEnumerable<(string Name, Parameter Value)> NotDecayed => Parameters.Where(p => p.Value.dim() < 2);

    /// <summary>
    /// The attached adapter's parameters where the model has one, else all of the model's; these and only these
    /// require gradients from now on.
    /// </summary>
    public static ParameterSelection Of(Gpt model)
    {
        var all = model.named_parameters().Select(parameter => (parameter.name, parameter.parameter)).ToList();
        foreach (var (_, parameter) in all)
            parameter.requires_grad = model.Adapter is null;
        if (model.Adapter is null)
            return new ParameterSelection(model, all, isAdapter: false);
        return OfAdapter(model, model.Adapter);
    }

    /// <summary>An adapter's parameters, which require gradients from now on: one of a pack's, or the attached one's.
    /// </summary>
    public static ParameterSelection OfAdapter(Gpt model, LoraAdapter adapter)
    {
        foreach (var (_, parameter) in adapter.Parameters)
            parameter.requires_grad = true;
        return new ParameterSelection(model, adapter.Parameters, isAdapter: true);
    }

    /// <summary>The gradients, in the order of the parameters; for the caller's dispose scope.</summary>
    /// <exception cref="InvalidOperationException">A parameter has none yet.</exception>
    public Tensor[] Gradients() =>
    [
        .. Parameters.Select(parameter => parameter.Value.grad
            ?? throw new InvalidOperationException($"{parameter.Name} has no gradient: no backward pass yet."))
    ];

    /// <summary>Drops all gradients; the next backward pass makes new ones.</summary>
    public void ClearGradients()
    {
        foreach (var (_, parameter) in Parameters)
            parameter.grad = null;
    }

    /// <summary>Tells the model that its weights have changed in place.</summary>
    public void NotifyChanged()
    {
        // Under an adapter the base does not change: its copies in bf16 are made once.
        if (IsAdapter)
            _model.ClearAdapterCopies();
        else
            _model.ClearCopies();
    }
}
