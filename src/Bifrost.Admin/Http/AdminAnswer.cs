using System.Text.Json;
using Bifrost.Chat.Errors;

namespace Bifrost.Admin.Http;

/// <summary>What an admin call is answered: a JSON object, what another component sends, or an error.</summary>
internal sealed record AdminAnswer
{
    public int Status { get; private init; } = StatusCodes.Status200OK;

    /// <summary>Writes the body; null for an error and where <see cref="Send"/> is set.</summary>
    public Action<Utf8JsonWriter>? Write { get; private init; }

    /// <summary>Sends status, headers and body.</summary>
    public RequestDelegate? Send { get; private init; }

    public GatewayError? Error { get; private init; }

    public static implicit operator AdminAnswer(GatewayError error) => new() { Error = error };

    public static AdminAnswer Of(Action<Utf8JsonWriter> write) => new() { Write = write };

    public static AdminAnswer By(RequestDelegate send) => new() { Send = send };

    /// <summary><c>{"name": {…}}</c>, the form of one object.</summary>
    public static AdminAnswer One(string name, Action<Utf8JsonWriter> write) => Of(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName(name);
        write(json);
        json.WriteEndObject();
    });

    /// <summary><c>{"message": …, "name": {…}}</c>, the form of all changes.</summary>
    public static AdminAnswer Done(string message, string? name = null, Action<Utf8JsonWriter>? write = null) => Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("message"u8, message);
        if (name is not null && write is not null)
        {
            json.WritePropertyName(name);
            write(json);
        }

        json.WriteEndObject();
    });

    public static AdminAnswer NotFound(string what, string id) => new GatewayError
    {
        Status = StatusCodes.Status404NotFound,
        Type = ErrorTypes.NotFound,
        Message = $"There is no {what} '{id}'.",
    };

    public static AdminAnswer Conflict(string message) => new GatewayError
    {
        Status = StatusCodes.Status409Conflict,
        Type = ErrorTypes.Conflict,
        Message = message,
    };
}
