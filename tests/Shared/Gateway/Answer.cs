using System.Text.Json;

namespace Bifrost.Testing;

/// <summary>One HTTP answer, read whole.</summary>
internal sealed record Answer(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The server could not reach its ledger, or its heartbeat was late: nothing was done.</summary>
    public bool IsLedgerUnavailable => Status == 503 && Body.Contains("\"ledger_unavailable\"", StringComparison.Ordinal);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The data of each event of a stream, in order.</summary>
    public IReadOnlyList<string> Events =>
        [.. Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(frame => frame.StartsWith("data: ", StringComparison.Ordinal)).Select(frame => frame[6..])];

    /// <summary>Checks the error object of contract section 6.</summary>
    public Answer IsError(int status, string type)
    {
        Assert.True(status == Status, $"{Status}: {Body}");
        Assert.Equal("application/json", Header("Content-Type"));
        CheckError(Json, status, type);
        return this;
    }

    public static void CheckError(JsonElement error, int? status, string? type)
    {
        Assert.Equal(JsonValueKind.String, error.GetProperty("type").ValueKind);
        if (type is not null) Assert.Equal(type, error.GetProperty("type").GetString());
        if (status is not null) Assert.Equal(status, error.GetProperty("status_code").GetInt32());
        Assert.True(error.GetProperty("is_bifrost_error").ValueKind is JsonValueKind.True or JsonValueKind.False);
        var inner = error.GetProperty("error");
        Assert.NotEqual("", inner.GetProperty("message").GetString());
        Assert.Equal(error.GetProperty("type").GetString(), inner.GetProperty("type").GetString());
        Assert.True(inner.TryGetProperty("param", out _) && inner.TryGetProperty("code", out _));
        Assert.Equal(JsonValueKind.Object, error.GetProperty("extra_fields").ValueKind);
    }
}
