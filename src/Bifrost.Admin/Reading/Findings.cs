using Bifrost.Chat.Errors;

namespace Bifrost.Admin.Reading;

/// <summary>What is wrong with a call. The first finding is told: field, what it is, what would be right.</summary>
internal sealed class Findings
{
    public GatewayError? Error { get; private set; }

    public void Add(string field, string message) => Error ??= GatewayErrors.BadField(field, $"{field} {message}.");
}
