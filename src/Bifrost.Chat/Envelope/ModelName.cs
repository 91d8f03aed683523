using System.Text.Json;
using Bifrost.Chat.Errors;

namespace Bifrost.Chat.Envelope;

/// <summary>
/// Names of models, as they may stand in a request: printable ASCII, because they go into headers, logs and metrics.
/// </summary>
internal static class ModelName
{
    /// <summary>The string that the reader stands on; null when it is no name of a model.</summary>
    public static string? Read(in Utf8JsonReader reader, ChatLimits limits)
    {
        if (reader.ValueSpan.Length > limits.ModelCharsMax * "\\u0000".Length) return null;
        try
        {
            var text = reader.GetString()!;
            return IsRight(text, limits) ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, written with an escape.
            return null;
        }
    }

    public static bool IsRight(string name, ChatLimits limits) =>
        name.Length > 0 && name.Length <= limits.ModelCharsMax
        && !name.AsSpan().ContainsAnyExceptInRange(' ', '~') && name[0] != ' ' && name[^1] != ' ';

    public static GatewayError Fault(string param, ChatLimits limits) => GatewayErrors.BadField(
        param, $"`{param}` must be 1 to {limits.ModelCharsMax} printable ASCII characters, without a space at either end.");
}
