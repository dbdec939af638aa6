using System.Collections.Concurrent;
using Platform.Tokenization;
using Platform.TokenizerHost.Jobs;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>The tokenizers that are ready to use, loaded once: trained here, put into their folder by hand, built in.
/// </summary>
internal sealed class TokenizerCatalog(DataRoot root, JobQueue<TokenizerTraining> trainings)
{
    private readonly ConcurrentDictionary<string, Loaded> _loaded = new();

    /// <summary>A tokenizer by its name.</summary>
    /// <param name="name"><c>tokenizers/{id}</c>.</param>
    /// <param name="field">The request's field, for the error.</param>
    /// <exception cref="InvalidArgumentException">No such name.</exception>
    /// <exception cref="NotFoundException">There is none of that name.</exception>
    /// <exception cref="FailedPreconditionException">Its training has not succeeded.</exception>
    /// <exception cref="DataLossException">Its files are damaged.</exception>
    public TextTokenizer Get(string name, string field)
    {
        var id = Id(name, field);
        if (trainings.Find(id) is { } job && job.State != JobState.Succeeded)
        {
            throw new FailedPreconditionException(
                "TOKENIZER_NOT_READY", $"{name} can't be used: it is {job.State.ToString().ToUpperInvariant()}.");
        }

        return Get(id);
    }

    /// <summary>The id in a name.</summary>
    /// <exception cref="InvalidArgumentException">No such name.</exception>
    public static string Id(string name, string field) => ResourceName.TryParse(name, "tokenizers")?.Id
        ?? throw new InvalidArgumentException(field, $"'{name}' is not of the form tokenizers/{{id}}.");

    /// <summary>Whether files of a tokenizer that was not trained here are at hand.</summary>
    public bool HasFiles(string id)
    {
        try
        {
            _ = Get(id);
            return true;
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    /// <summary>A tokenizer by its id.</summary>
    public TextTokenizer Get(string id)
    {
        var folder = new DirectoryInfo(Path.Combine(root.Tokenizers, id));
        // Files only ever appear in a folder whole, so its time says whether they are still the ones that were read.
        var time = folder.LastWriteTimeUtc;
        if (_loaded.TryGetValue(id, out var loaded) && loaded.Time == time)
            return loaded.Tokenizer;
        var tokenizer = Load(id);
        _loaded[id] = new Loaded(tokenizer, time);
        return tokenizer;
    }

    private TextTokenizer Load(string id)
    {
        try
        {
            return TokenizerFiles.LoadById(root.Tokenizers, id);
        }
        catch (TokenizerFilesMissingException e)
        {
            throw new NotFoundException("NOT_FOUND", $"There is no tokenizers/{id}.", e);
        }
        catch (TokenizerFormatException e)
        {
            throw new DataLossException("DATA_LOSS", e.Message, e);
        }
    }

    private sealed record Loaded(TextTokenizer Tokenizer, DateTime Time);
}
