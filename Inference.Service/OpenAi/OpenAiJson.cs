using System.Text.Encodings.Web;
using System.Text.Json;

namespace Platform.InferenceHost.OpenAi;

/// <summary>How answers are written.</summary>
internal static class OpenAiJson
{
    /// <summary>snake_case names; nulls are written, since clients look for the members.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
