using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using Platform.InferenceHost.Generation;
using Platform.Models;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Models;

/// <summary>
/// The models in memory, at most so many bytes: a further one makes those go that were used longest ago and are not in
/// use. One is loaded at a time, on a thread of its own, so that generations on the others go on.
/// </summary>
internal sealed partial class ModelRegistry(
    ModelFactory factory,
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
                    .Select(entry => new ModelSnapshot(
                        entry.Model!, entry.Reference ?? entry.Source.Name, entry.LoadTime, entry.LastUseTime)),
            ];
        }
    }

    /// <summary>The model of a reference, loaded if need be. Dispose of the lease to let it go.</summary>
    /// <param name="request">Which, and how.</param>
    /// <param name="cancellationToken">Ends the wait, and a download; loading goes on for other callers.</param>
    public async Task<ModelLease> AcquireAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var source = await factory.ResolveAsync(request, cancellationToken);
        var resolved = Stopwatch.GetTimestamp();
        var (entry, wasLoaded) = Enter(source, request);
        lock (_gate)
        {
            var reference = request.Adapter.Length > 0 ? request.Adapter : request.Model;
            entry.Reference ??= reference;
            entry.References.Add(reference);
        }

        try
        {
            var model = await entry.Loading.Task.WaitAsync(cancellationToken);
            ModelFactory.Check(model, request);
            return new ModelLease(model, () => Use(entry), () => Release(entry))
            {
                // A download is a part of loading.
                LoadSeconds = wasLoaded ? 0 : Stopwatch.GetElapsedTime(began).TotalSeconds,
                ResolveSeconds = wasLoaded ? Stopwatch.GetElapsedTime(began, resolved).TotalSeconds : 0,
            };
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
            // A base goes with its adapters.
            found.AddRange([.. found.SelectMany(AdaptersOf).Except(found)]);
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
            // Adapters before the bases that they hold.
            foreach (var entry in _entries.Values.Concat(_retired).OrderBy(entry => entry.Source.Base is null))
                TakeModel(entry)?.Dispose();
            _entries.Clear();
            _retired.Clear();
        }

        _loading.Dispose();
    }

    private (ModelEntry Entry, bool WasLoaded) Enter(ResolvedModel source, ModelRequest request)
    {
        lock (_gate)
        {
            // Files that have changed since are another model, and so is an adapter on another base.
            var key = source.Base is null ? source.Key : $"{source.Key}|{source.Base.Key}";
            if (!_entries.TryGetValue(key, out var entry))
            {
                entry = new ModelEntry(key, source, time.GetUtcNow());
                _entries.Add(key, entry);
                entry.Acquire(time.GetUtcNow()); // for the loading itself
                _ = LoadAsync(entry, request);
            }

            entry.Acquire(time.GetUtcNow());
            return (entry, entry.Model is not null);
        }
    }

    private async Task LoadAsync(ModelEntry entry, ModelRequest request)
    {
        // The caller holds the lock; nothing of this may run within it.
        await Task.Yield();
        LoadedModel? model = null;
        try
        {
            var began = Stopwatch.GetTimestamp();
            model = entry.Source.Base is null
                ? await LoadBaseAsync(entry, request)
                : await LoadAdapterAsync(entry, entry.Source.Base, request);
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
            LogNotLoaded(entry.Source.Name, e.Message);
            entry.Loading.SetException(e);
        }
        finally
        {
            Release(entry);
        }
    }

    private async Task<LoadedModel> LoadBaseAsync(ModelEntry entry, ModelRequest request)
    {
        await _loading.WaitAsync();
        BaseModel? loaded = null;
        try
        {
            loaded = await OnOwnThreadAsync(
                () => factory.LoadBase(entry.Source, request, bytes => MakeRoom(entry, bytes)));
            await engine.RunAsync(() => loaded.Slots.WarmUp());
            return new LoadedModel(entry.Source, loaded.Checkpoint.Tokenizer, loaded, adapter: null);
        }
        catch
        {
            loaded?.Dispose();
            throw;
        }
        finally
        {
            _loading.Release();
        }
    }

    // The adapter's entry holds its base for as long as it lives.
    private async Task<LoadedModel> LoadAdapterAsync(ModelEntry entry, ResolvedModel source, ModelRequest request)
    {
        var ofBase = new ModelRequest(source.Name) { Device = request.Device, Precision = request.Precision };
        var (held, _) = Enter(source, ofBase);
        try
        {
            var found = await held.Loading.Task;
            await _loading.WaitAsync();
            try
            {
                var model = await OnOwnThreadAsync(
                    () => ModelFactory.LoadAdapter(entry.Source, found.Base, request, bytes => MakeRoom(entry, bytes)));
                lock (_gate)
                {
                    held.Hold();
                    entry.OnIdle = held.Unhold;
                }

                return model;
            }
            finally
            {
                _loading.Release();
            }
        }
        finally
        {
            Release(held);
        }
    }

    private static Task<T> OnOwnThreadAsync<T>(Func<T> load) => Task.Factory.StartNew(
        load, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

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
                    .Where(other => other.Model is not null && !IsInUse(other))
                    .MinBy(other => AdaptersOf(other).Append(other).Max(part => part.LastUseTime))
                    ?? throw new ResourceExhaustedException("MODELS_IN_USE", Invariant(
                        $"'{name}' needs {bytes} bytes, and the models in memory are all in use; try again later."));
                LogEvicted(oldest.Source.Name, name);
                freed.AddRange(AdaptersOf(oldest).Append(oldest).ToList().Select(Retire));
            }

            entry.Bytes = bytes;
        }

        // On the loading thread, which has nothing else to do.
        Task.WaitAll([.. freed]);
    }

    // What is retired and idle is as good as free.
    private long HeldBytes() => _entries.Values.Concat(_retired.Where(IsInUse)).Sum(entry => entry.Bytes);

    private bool IsInUse(ModelEntry entry) => entry.Leases > 0 || AdaptersOf(entry).Any(adapter => adapter.Leases > 0);

    private IEnumerable<ModelEntry> AdaptersOf(ModelEntry entry) =>
        _entries.Values.Concat(_retired).Where(other => other.Source.Base?.Key == entry.Source.Key);

    // Under the lock. Whoever has a lease keeps it; the memory is freed behind the last one.
    private Task Retire(ModelEntry entry)
    {
        if (entry.Retired)
            return Task.CompletedTask;
        _entries.Remove(entry.Key);
        _retired.Add(entry);
        entry.Retire();
        return FreeAsync(entry);
    }

    private async Task FreeAsync(ModelEntry entry)
    {
        await entry.Idle;
        await engine.RunAsync(() => TakeModel(entry)?.Dispose());
        lock (_gate)
        {
            _retired.Remove(entry);
            entry.OnIdle?.Invoke();
        }
    }

    // Whoever has it frees it: a service that ends may come upon one that is being freed.
    private LoadedModel? TakeModel(ModelEntry entry)
    {
        lock (_gate)
        {
            var model = entry.Model;
            entry.Model = null;
            return model;
        }
    }

    private void Use(ModelEntry entry)
    {
        lock (_gate)
            entry.Use(time.GetUtcNow());
    }

    private void Release(ModelEntry entry)
    {
        lock (_gate)
            entry.Release();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded {Model}: {Bytes} bytes in {Seconds:F2} s.")]
    private partial void LogLoaded(string model, long bytes, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not load {Model}: {Reason}")]
    private partial void LogNotLoaded(string model, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Freeing {Model} to make room for {Other}.")]
    private partial void LogEvicted(string model, string other);
}
