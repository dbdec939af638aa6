using Microsoft.Extensions.Options;
using Platform.InferenceHost.Telemetry;
using Platform.Modeling;
using Platform.Models;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Models;

/// <summary>
/// Finds what a request means, and reads it from its files; which models stay is the registry's matter.
/// </summary>
internal sealed class ModelFactory(
    ModelResolver resolver, IOptions<InferenceOptions> options, InferenceMetrics metrics)
{
    private readonly InferenceOptions _options = options.Value;

    /// <summary>
    /// Where the files of a model are, and of the adapter on it; brings them from the hub if need be.
    /// </summary>
    /// <exception cref="InvalidArgumentException">The adapter is none, or the model is one itself.</exception>
    /// <exception cref="FailedPreconditionException">The adapter belongs to another model.</exception>
    public async Task<ResolvedModel> ResolveAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        var source = await resolver.ResolveAsync(request.Model, request.Field, cancellationToken);
        if (source.Base is null && IsAdapter(source))
        {
            throw new InvalidArgumentException(
                request.Field,
                $"'{source.Name}' is an adapter that does not say of which model here; "
                + "name that model, and it as adapter.");
        }

        if (request.Adapter.Length == 0)
            return source;
        var adapter = await resolver.ResolveAsync(request.Adapter, "adapter", cancellationToken);
        if (!IsAdapter(adapter))
            throw new InvalidArgumentException("adapter", $"'{adapter.Name}' is a whole model and no adapter.");
        if (source.Base is not null)
            throw new InvalidArgumentException(request.Field, $"'{source.Name}' is an adapter itself.");
        if (adapter.Base is { } other && other.Folder != source.Folder)
        {
            throw new FailedPreconditionException(
                "ADAPTER_OF_ANOTHER_BASE",
                $"'{adapter.Name}' is an adapter of '{other.Name}', not of '{source.Name}'.");
        }

        return adapter with { Base = source };
    }

    /// <summary>Whether a model that is loaded is as a request wants it.</summary>
    /// <exception cref="FailedPreconditionException">It is on another device or in another precision.</exception>
    public static void Check(LoadedModel model, ModelRequest request)
    {
        if (request.Device is not ("" or "auto") && ChooseDevice(request.Device).ToString() != model.Device)
        {
            throw new FailedPreconditionException(
                "LOADED_ELSEWHERE", $"'{model.Source.Name}' is loaded on {model.Device}; unload it first.");
        }

        if (request.Precision is { } precision && precision != model.Base.Precision)
        {
            throw new FailedPreconditionException(
                "LOADED_OTHERWISE", $"'{model.Base.Name}' is loaded in {model.Base.Precision}; unload it first.");
        }
    }

    /// <summary>Reads a whole model; belongs to the caller.</summary>
    /// <param name="source">Its files.</param>
    /// <param name="request">Where to compute it, and in what precision.</param>
    /// <param name="makeRoom">Called with the bytes that it will take, before they are taken.</param>
    public BaseModel LoadBase(ResolvedModel source, ModelRequest request, Action<long> makeRoom)
    {
        ComputeDevice.SetThreads(_options.Threads);
        var target = ChooseDevice(request.Device);
        var precision = request.Precision ?? _options.Precision;
        var config = ModelLoader.ReadConfig(source);
        var tokenBytes = precision == WeightKind.Fp32 ? sizeof(float) : sizeof(short);
        var slotBytes = 2L * config.NLayer * config.BlockSize * config.NEmbd * tokenBytes;
        var slots = (int)Math.Clamp(_options.CacheLimitBytes / slotBytes, 1, _options.MaxConcurrent);
        makeRoom(BaseModel.EstimateWeightBytes(config, precision) + (slots * slotBytes));
        var checkpoint = ModelLoader.Load(source, target, CancellationToken.None);
        return new BaseModel(checkpoint, slots, precision, new ModelMetrics(metrics, source.Name));
    }

    /// <summary>Reads an adapter for a model in memory; belongs to the caller.</summary>
    /// <param name="source">Its files.</param>
    /// <param name="model">The model under it.</param>
    /// <param name="request">Whether it was asked for on top of a model of the caller's choice.</param>
    /// <param name="makeRoom">Called with the bytes that it will take, before they are taken.</param>
    /// <exception cref="FailedPreconditionException">It does not fit the model that the caller chose.</exception>
    public static LoadedModel LoadAdapter(
        ResolvedModel source, BaseModel model, ModelRequest request, Action<long> makeRoom)
    {
        makeRoom(ModelLoader.EstimateAdapterBytes(source));
        try
        {
            var (adapter, tokenizer) = ModelLoader.LoadAdapter(
                source, model.Checkpoint.Model, model.Checkpoint.Tokenizer);
            return new LoadedModel(source, tokenizer, model, adapter);
        }
        catch (DataLossException e) when (request.Adapter.Length > 0 && e.InnerException is InvalidDataException)
        {
            throw new FailedPreconditionException(
                "ADAPTER_OF_ANOTHER_BASE", $"'{source.Name}' does not fit '{model.Name}': {e.Message}");
        }
    }

    private static bool IsAdapter(ResolvedModel model) =>
        File.Exists(Path.Combine(model.Folder, "adapter_config.json"));

    private static TorchSharp.torch.Device ChooseDevice(string device)
    {
        try
        {
            return ComputeDevice.Choose(device);
        }
        catch (ArgumentException e)
        {
            throw new InvalidArgumentException("device", e.Message);
        }
    }
}
