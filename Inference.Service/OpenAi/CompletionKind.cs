namespace Platform.InferenceHost.OpenAi;

/// <summary>Which of the two forms of a completion is meant.</summary>
internal enum CompletionKind
{
    /// <summary>A text that follows a prompt.</summary>
    Text,

    /// <summary>An answer to messages.</summary>
    Chat,
}
