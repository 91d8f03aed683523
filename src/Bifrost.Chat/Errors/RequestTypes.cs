namespace Bifrost.Chat.Errors;

/// <summary>Values of <c>extra_fields.request_type</c>.</summary>
public static class RequestTypes
{
    public const string ChatCompletion = "chat_completion";
    public const string ChatCompletionStream = "chat_completion_stream";

    /// <summary>Errors of paths that are no inference route.</summary>
    public const string Unknown = "unknown";
}
