using System.Text.Json;
using Platform.Dashboard.Layout;

namespace Platform.Dashboard.Playground;

/// <summary>
/// What was generated before, newest first. The reader's browser keeps it, so that it is there when the page is opened
/// again; the texts of this visit have their tokens' probabilities as well, which would be too much to keep.
/// </summary>
/// <param name="browser">The reader's browser.</param>
internal sealed class PlaygroundHistory(Browser browser)
{
    /// <summary>Texts at most.</summary>
    public const int Most = 20;

    private const int LongestText = 20_000;
    private const int MostCharacters = 200_000;
    private const string Key = "playground-history";
    private readonly List<PlaygroundText> _texts = [];

    /// <summary>The texts.</summary>
    public IReadOnlyList<PlaygroundText> Texts => _texts;

    /// <summary>Reads what the browser has kept.</summary>
    public async Task ReadAsync()
    {
        try
        {
            var kept = JsonSerializer.Deserialize<List<KeptText>>(
                await browser.RecallAsync(Key), JsonSerializerOptions.Web);
            _texts.AddRange((kept ?? []).Take(Most - _texts.Count).Select(PlaygroundText.Of));
        }
        catch (JsonException)
        {
            // Somebody else wrote there; the next text takes its place.
        }
    }

    /// <summary>Takes texts that have ended, and has the browser keep them.</summary>
    public async Task AddAsync(IReadOnlyList<PlaygroundText> texts)
    {
        _texts.InsertRange(0, texts);
        if (_texts.Count > Most)
            _texts.RemoveRange(Most, _texts.Count - Most);
        await browser.RememberAsync(Key, texts.Select(text => text.ToKept(LongestText)), Most, MostCharacters);
    }

    /// <summary>Forgets all, in the browser too.</summary>
    public async Task ClearAsync()
    {
        _texts.Clear();
        await browser.RememberAsync(Key, [], 0, 0);
    }
}
