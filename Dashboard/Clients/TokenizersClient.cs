using Platform.Contracts.Tokenizer.V1;

namespace Platform.Dashboard.Clients;

/// <summary>Tokenizers of Tokenizer.Service.</summary>
/// <param name="client">The wire.</param>
public sealed class TokenizersClient(TokenizerService.TokenizerServiceClient client)
{
    private const string Service = "tokenizer";

    /// <summary>Tokenizers, newest first, built-in ones last.</summary>
    public async Task<Outcome<IReadOnlyList<Tokenizer>>> ListAsync(CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ListTokenizersAsync(new() { PageSize = 200 }, o), token);
        return answer.Select(a => (IReadOnlyList<Tokenizer>)a.Tokenizers);
    }

    /// <summary>Starts a training.</summary>
    public async Task<Outcome<Tokenizer>> CreateAsync(CreateTokenizerRequest request, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CreateTokenizerAsync(request, o), token);
        return answer.Select(a => a.Tokenizer);
    }

    /// <summary>Ends a training.</summary>
    public async Task<Outcome<Tokenizer>> CancelAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CancelTokenizerAsync(new() { Name = name }, o), token);
        return answer.Select(a => a.Tokenizer);
    }

    /// <summary>Deletes a tokenizer that nothing uses.</summary>
    public Task<Outcome<DeleteTokenizerResponse>> DeleteAsync(string name, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.DeleteTokenizerAsync(new() { Name = name }, o), token);

    /// <summary>Encodes one text, with each token's bytes and place.</summary>
    public async Task<Outcome<EncodedText>> EncodeAsync(
        string tokenizer, string text, bool allowSpecial, CancellationToken token)
    {
        var request = new EncodeRequest { Tokenizer = tokenizer, AllowSpecial = allowSpecial, IncludePieces = true };
        request.Texts.Add(text);
        var answer = await Calls.TryAsync(Service, o => client.EncodeAsync(request, o), token);
        return answer.Select(a => a.Texts[0]);
    }

    /// <summary>Follows the list.</summary>
    public IAsyncEnumerable<ListChange<Tokenizer>> WatchList(CancellationToken token) =>
        Calls.ReadAsync(client.WatchTokenizers(new(), cancellationToken: token), token)
            .Select(m => new ListChange<Tokenizer>(m.Snapshot?.Tokenizers, m.Changed, m.Removed));

    /// <summary>How tokenizers cut one text, in figures.</summary>
    public async Task<Outcome<IReadOnlyList<ComparisonFigures>>> CompareAsync(
        IEnumerable<string> names, string text, CancellationToken token)
    {
        var request = new CompareTokenizersRequest { Texts = { new ComparisonText { Text = text } } };
        request.Tokenizers.AddRange(names);
        var answer = await Calls.TryAsync(Service, o => client.CompareTokenizersAsync(request, o), token);
        return answer.Select(a => (IReadOnlyList<ComparisonFigures>)a.Figures);
    }

    /// <summary>What smaller vocabularies of a tokenizer give on a text.</summary>
    public async Task<Outcome<IReadOnlyList<VocabularyPoint>>> StudyAsync(
        StudyVocabularyRequest request, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.StudyVocabularyAsync(request, o), token);
        return answer.Select(a => (IReadOnlyList<VocabularyPoint>)a.Points);
    }

    /// <summary>Follows a tokenizer's training.</summary>
    public IAsyncEnumerable<WatchTokenizerResponse> Watch(string name, CancellationToken token) =>
        Calls.ReadAsync(client.WatchTokenizer(new() { Name = name }, cancellationToken: token), token);
}
