using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Platform.Datasets.Readers;
using Platform.InferenceHost.Models;

namespace Platform.InferenceHost.OpenAi;

/// <summary>
/// Turns a chat's messages into a prompt. Which way a model was taught stands in <c>Inference:ChatTemplates</c>;
/// without that an adapter is taken for one that learned instructions in Alpaca's form, and a whole model for one that
/// continues a transcript.
/// </summary>
internal sealed class ChatTemplates(IOptions<InferenceOptions> options)
{
    /// <summary>Stanford's Alpaca: each question with its preamble, each answer behind <c>### Response:</c>.</summary>
    public const string Alpaca = PromptStyle.StanfordName;

    /// <summary>A transcript: <c>User: …</c>, <c>Assistant: …</c>.</summary>
    public const string Plain = "plain";

    private static readonly RecordText s_alpaca = RecordText.OfTemplate(Alpaca);

    /// <summary>The prompt, and the texts that end an answer.</summary>
    public (string Prompt, IReadOnlyList<string> Stops) Render(
        LoadedModel model, IReadOnlyList<ChatMessage> messages) =>
        NameFor(model) == Alpaca
            ? (RenderAlpaca(messages), ["\n### Instruction:"])
            : (RenderPlain(messages), ["\nUser:"]);

    private string NameFor(LoadedModel model)
    {
        var name = model.Source.Name;
        var chosen = options.Value.ChatTemplates.FirstOrDefault(template =>
            template.Model == name || name.StartsWith(template.Model + "@", StringComparison.Ordinal));
        return chosen?.Template ?? (model.Adapter is null ? Plain : Alpaca);
    }

    // Earlier turns are whole examples; what the system says stands in front of the first question.
    private static string RenderAlpaca(IReadOnlyList<ChatMessage> messages)
    {
        var text = new StringBuilder();
        var system = string.Join("\n\n", messages.Where(message => message.Role == "system").Select(m => m.Content));
        var turns = messages.Where(message => message.Role != "system").ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i].Role != "user")
                continue;
            var answer = i + 1 < turns.Count && turns[i + 1].Role == "assistant" ? turns[i + 1].Content : "";
            var record = new JsonObject
            {
                ["instruction"] = system.Length > 0 ? system + "\n\n" + turns[i].Content : turns[i].Content,
                ["input"] = "",
                ["output"] = answer,
            };
            system = "";
            text.Append(text.Length > 0 ? "\n\n" : "").Append(s_alpaca.Of(record));
        }

        return text.ToString();
    }

    private static string RenderPlain(IReadOnlyList<ChatMessage> messages)
    {
        var text = new StringBuilder();
        foreach (var message in messages)
        {
            var role = char.ToUpperInvariant(message.Role[0]) + message.Role[1..];
            text.Append(message.Role == "system" ? message.Content : $"{role}: {message.Content}").Append('\n');
        }

        return text.Append("Assistant:").ToString();
    }
}
