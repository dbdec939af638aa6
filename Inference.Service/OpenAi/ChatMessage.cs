using System.Text.Json;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.OpenAi;

/// <summary>One message of a chat.</summary>
/// <param name="Role">system, user or assistant.</param>
/// <param name="Content">Its text.</param>
internal sealed record ChatMessage(string Role, string Content)
{
    private const int MaxMessages = 1000;

    /// <summary>Reads a call's messages.</summary>
    /// <exception cref="InvalidArgumentException">There are none, or one is not understood.</exception>
    public static IReadOnlyList<ChatMessage> ReadAll(RequestReader reader)
    {
        if (reader.Find("messages") is not { ValueKind: JsonValueKind.Array } messages
            || messages.GetArrayLength() is 0 or > MaxMessages)
            throw new InvalidArgumentException("messages", $"must be an array of 1 to {MaxMessages} messages.");
        var read = messages.EnumerateArray().Select(Read).ToList();
        return read[^1].Role == "user"
            ? read
            : throw new InvalidArgumentException("messages", "The last message must be the user's.");
    }

    private static ChatMessage Read(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object
            || !message.TryGetProperty("role", out var role) || !message.TryGetProperty("content", out var content))
            throw new InvalidArgumentException("messages", "Each message needs a role and a content.");
        var name = RequestReader.Text(role, "messages");
        return name switch
        {
            "system" or "developer" => new ChatMessage("system", Text(content)),
            "user" or "assistant" => new ChatMessage(name, Text(content)),
            _ => throw new InvalidArgumentException("messages", $"The role '{name}' is not supported."),
        };
    }

    private static string Text(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Array)
            return RequestReader.Text(content, "messages");
        return string.Concat(content.EnumerateArray().Select(part =>
            part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text)
                ? RequestReader.Text(text, "messages")
                : throw new InvalidArgumentException("messages", "Only parts of type text are supported.")));
    }
}
