using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Datasets.Corpus;
using Platform.Datasets.Readers;
using Platform.Workspaces;

namespace Platform.Datasets.Preparation;

/// <summary>The bundled corpus as records: its own fields, and <c>text</c> with all of it as one text.</summary>
public static class BundledDocuments
{
    private static readonly RecordText s_alpaca = RecordText.OfTemplate(PromptStyle.Stanford.Name);

    /// <summary>The stories, at most so many bytes.</summary>
    public static IEnumerable<JsonObject> Stories(StoryCorpus corpus, long sizeBytes) =>
        corpus.Stories(sizeBytes).Select(story => new JsonObject { ["text"] = story.Text });

    /// <summary>Items with four endings; the text is the story itself.</summary>
    public static IEnumerable<JsonObject> Endings(StoryCorpus corpus, int count) => corpus.Endings(count)
        .Select(item => WithText(Record(item), $"{item.Ctx} {item.Endings[item.Label]}"));

    /// <summary>Reviews; the text is the review without its label.</summary>
    public static IEnumerable<JsonObject> Reviews(StoryCorpus corpus, int count) =>
        corpus.Reviews(count).Select(item => WithText(Record(item), item.Review));

    /// <summary>Instructions; the text is Stanford's prompt with the response.</summary>
    public static IEnumerable<JsonObject> Instructions(StoryCorpus corpus, int count) =>
        corpus.Instructions(count).Select(item => Record(item)).Select(record => WithText(record, s_alpaca.Of(record)));

    /// <summary>An item as a record of <c>items.jsonl</c>: HellaSwag's fields alone.</summary>
    public static IEnumerable<JsonObject> Items(StoryCorpus corpus, int count) => corpus.Endings(count).Select(Record);

    private static JsonObject Record<T>(T item) =>
        JsonSerializer.SerializeToNode(item, WorkspaceJson.Line)!.AsObject();

    private static JsonObject WithText(JsonObject record, string text)
    {
        record.Insert(0, "text", text);
        return record;
    }
}
