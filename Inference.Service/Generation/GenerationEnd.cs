namespace Platform.InferenceHost.Generation;

/// <summary>Why a generation ended.</summary>
internal enum GenerationEnd
{
    /// <summary>A stop text, or the end of a text.</summary>
    Stop,

    /// <summary>As many tokens as were asked for.</summary>
    Length,
}
