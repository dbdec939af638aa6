using System.Text.Json;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.OpenAi;

/// <summary>Errors in OpenAI's shape.</summary>
internal static class OpenAiErrors
{
    private const string InvalidRequest = "invalid_request_error";
    private const string ServerError = "server_error";

    /// <summary>The HTTP status of a foreseen error and what is told of it; null for any other.</summary>
    public static (int Status, OpenAiError Error)? TryTranslate(Exception error) => error switch
    {
        InvalidArgumentException e => (400, new(Message(e), InvalidRequest, Parameter(e.Violations[0].Field), Code(e))),
        NotFoundException e => (404, new(e.Message, InvalidRequest, "model", "model_not_found")),
        FailedPreconditionException e => (409, new(e.Message, InvalidRequest, null, Code(e))),
        ResourceExhaustedException e => (429, new(e.Message, "rate_limit_error", null, Code(e))),
        UnavailableException e => (503, new(e.Message, ServerError, null, Code(e))),
        DataLossException e => (500, new(e.Message, ServerError, null, Code(e))),
        BadHttpRequestException e => (e.StatusCode, new(e.Message, InvalidRequest, null, null)),
        JsonException e => (400, new("The body is no JSON: " + e.Message, InvalidRequest, null, "invalid_json")),
        _ => null,
    };

    /// <summary>An error nobody foresaw; the log has more.</summary>
    public static OpenAiError Unforeseen(string id) => new(
        $"Something went wrong inside the service. Its log has more under the id {id}.", ServerError, null, "internal");

    /// <summary>A route or a method that does not exist here.</summary>
    public static OpenAiError UnknownRoute(string method, string path) => new(
        $"There is no {method} {path} here: /v1/completions, /v1/chat/completions (POST) and /v1/models (GET).",
        InvalidRequest, null, "unknown_url");

    private static string Message(InvalidArgumentException error) => FieldViolation.Say(
        error.Violations.Select(violation => violation with { Field = Parameter(violation.Field) }));

    private static string Code(PlatformException error) => error.Reason.ToLowerInvariant();

    // What the checks call by the proto's path has OpenAI's name here.
    private static string Parameter(string field)
    {
        var name = field.StartsWith("sampling.", StringComparison.Ordinal) ? field["sampling.".Length..] : field;
        return name switch { "stop_ids" => "stop_token_ids", "caller" => "user", _ => name };
    }
}
