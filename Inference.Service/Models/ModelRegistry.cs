using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using Platform.InferenceHost.Generation;
using Platform.Modeling;
using Platform.Models;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Models;

/// <summary>
/// The models in memory, at most so many bytes: a further one makes those go that were used longest ago and are not in
/// use. One is loaded at a time, on a thread of its own, so that generations on the others go on.
/// </summary>
internal sealed partial class ModelRegistry(
    ModelResolver resolver,
    GenerationEngine engine,
    IOptions<InferenceOptions> options,
    TimeProvider time,
    ILogger<ModelRegistry> logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ModelEntry> _entries = [];
    private readonly HashSet<ModelEntry> _retired = [];
    private readonly SemaphoreSlim _loading = new(1, 1);

    /// <summary>The bound on the bytes of all models together.</summary>
    public long MemoryLimitBytes { get; } = options.Value.MemoryLimitBytes > 0
        ? options.Value.MemoryLimitBytes
        : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>The models in memory, the one used last first.</summary>
    public IReadOnlyList<ModelSnapshot> List()
    {
        lock (_gate)
        {
            return
            [
                .. _entries.Values
                    .Where(entry => entry.Model is not null)
                    .OrderByDescending(entry => entry.LastUseTime)
                    .Select(entry => new ModelSnapshot(entry.Model!, entry.LoadTime, entry.LastUseTime)),
            ];
        }
    }

    /// <summary>The model of a reference, loaded if need be. Dispose of the lease to let it go.</summary>
    /// <param name="reference">A reference to a model.</param>
    /// <param name="field">The request's field, for errors.</param>
    /// <param name="device">Where to compute it; empty: where it is, else the first device.</param>
    /// <param name="cancellationToken">Ends the wait; loading goes on for other callers.</param>
    public async Task<ModelLease> AcquireAsync(
        string reference, string field, string device, CancellationToken cancellationToken)
    {
        var source = resolver.Resolve(reference, field);
        var began = Stopwatch.GetTimestamp();
        ModelEntry entry;
        bool wasLoaded;
        lock (_gate)
        {
            if (!_entries.TryGetValue(source.Key, out entry!))
            {
                entry = new ModelEntry(source, time.GetUtcNow());
                _entries.Add(source.Key, entry);
                entry.Acquire(time.GetUtcNow()); // for the loading itself
                _ = LoadAsync(entry, reference, device);
            }

            entry.References.Add(reference);
            entry.Acquire(time.GetUtcNow());
            wasLoaded = entry.Model is not null;
        }

        try
        {
            var model = await entry.Loading.Task.WaitAsync(cancellationToken);
            CheckDevice(model, device);
            var seconds = wasLoaded ? 0 : Stopwatch.GetElapsedTime(began).TotalSeconds;
            return new ModelLease(model, seconds, () => Release(entry));
        }
        catch
        {
            Release(entry);
            throw;
        }
    }

    /// <summary>Frees a model once its users are done; returns when it is free.</summary>
    /// <exception cref="NotFoundException">No model in memory has this reference.</exception>
    public async Task UnloadAsync(string reference, CancellationToken cancellationToken)
    {
        List<ModelEntry> found;
        lock (_gate)
        {
            found = [.. _entries.Values.Where(e => e.References.Contains(reference) || e.Source.Name == reference)];
            if (found.Count == 0)
                throw new NotFoundException("MODEL_NOT_LOADED", $"The model '{reference}' is not in memory.");
            foreach (var entry in found)
                _ = Retire(entry);
        }

        foreach (var entry in found)
            await entry.Idle.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing computes any more, so the models can be freed from here.
        engine.Dispose();
        lock (_gate)
        {
            foreach (var entry in _entries.Values.Concat(_retired))
                entry.Model?.Dispose();
            _entries.Clear();
            _retired.Clear();
        }

        _loading.Dispose();
    }

    private static void CheckDevice(LoadedModel model, string device)
    {
        if (device is "" or "auto" || ComputeDevice.Choose(device).ToString() == model.Device)
            return;
        throw new FailedPreconditionException(
            "LOADED_ELSEWHERE", $"'{model.Source.Name}' is loaded on {model.Device}; unload it first.");
    }

    private async Task LoadAsync(ModelEntry entry, string reference, string device)
    {
        // The caller holds the lock; nothing of this may run within it.
        await Task.Yield();
        await _loading.WaitAsync();
        LoadedModel? model = null;
        try
        {
            var began = Stopwatch.GetTimestamp();
            model = await Task.Factory.StartNew(
                () => Load(entry, reference, device),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            await engine.RunAsync(() => model.Slots.WarmUp());
            lock (_gate)
            {
                entry.Model = model;
                entry.Bytes = model.MemoryBytes;
                entry.LoadTime = time.GetUtcNow();
            }

            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            LogLoaded(model.Source.Name, model.MemoryBytes, seconds);
            entry.Loading.SetResult(model);
        }
        catch (Exception e)
        {
            // Told to everyone who waits; the next call tries anew.
            lock (_gate)
                _ = Retire(entry);
            model?.Dispose();
            LogNotLoaded(entry.Source.Name, e.Message);
            entry.Loading.SetException(e);
        }
        finally
        {
            Release(entry);
            _loading.Release();
        }
    }

    private LoadedModel Load(ModelEntry entry, string reference, string device)
    {
        ComputeDevice.SetThreads(options.Value.Threads);
        var target = ChooseDevice(device);
        var config = ModelLoader.ReadConfig(entry.Source);
        var slotBytes = 2L * config.NLayer * config.BlockSize * config.NEmbd * sizeof(float);
        var slots = (int)Math.Clamp(options.Value.CacheLimitBytes / slotBytes, 1, options.Value.MaxConcurrent);
        MakeRoom(entry, ModelLoader.EstimateBytes(entry.Source) + (slots * slotBytes));
        return new LoadedModel(ModelLoader.Load(entry.Source, target, CancellationToken.None), slots, reference);
    }

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

    private void MakeRoom(ModelEntry entry, long bytes)
    {
        var name = entry.Source.Name;
        if (bytes > MemoryLimitBytes)
        {
            throw new ResourceExhaustedException("MODEL_TOO_LARGE", Invariant(
                $"'{name}' needs {bytes} bytes; all models together may take {MemoryLimitBytes}."));
        }

        var freed = new List<Task>();
        lock (_gate)
        {
            while (HeldBytes() + bytes > MemoryLimitBytes)
            {
                var oldest = _entries.Values
                    .Where(other => other.Model is not null && other.Leases == 0)
                    .MinBy(other => other.LastUseTime)
                    ?? throw new ResourceExhaustedException("MODELS_IN_USE", Invariant(
                        $"'{name}' needs {bytes} bytes, and the models in memory are all in use; try again later."));
                LogEvicted(oldest.Source.Name, name);
                freed.Add(Retire(oldest));
            }

            entry.Bytes = bytes;
        }

        // On the loading thread, which has nothing else to do.
        Task.WaitAll([.. freed]);
    }

    // What is retired and idle is as good as free.
    private long HeldBytes() =>
        _entries.Values.Concat(_retired.Where(entry => entry.Leases > 0)).Sum(entry => entry.Bytes);

    // Under the lock. Whoever has a lease keeps it; the memory is freed behind the last one.
    private Task Retire(ModelEntry entry)
    {
        if (entry.Retired)
            return Task.CompletedTask;
        _entries.Remove(entry.Source.Key);
        _retired.Add(entry);
        entry.Retire();
        return FreeAsync(entry);
    }

    private async Task FreeAsync(ModelEntry entry)
    {
        await entry.Idle;
        if (entry.Model is { } model)
            await engine.RunAsync(model.Dispose);
        lock (_gate)
            _retired.Remove(entry);
    }

    private void Release(ModelEntry entry)
    {
        lock (_gate)
            entry.Release(time.GetUtcNow());
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded {Model}: {Bytes} bytes in {Seconds:F2} s.")]
    private partial void LogLoaded(string model, long bytes, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not load {Model}: {Reason}")]
    private partial void LogNotLoaded(string model, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Freeing {Model} to make room for {Other}.")]
    private partial void LogEvicted(string model, string other);
}
