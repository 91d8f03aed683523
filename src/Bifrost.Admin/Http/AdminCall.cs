using System.Globalization;
using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Store;
using Bifrost.Http.Auth;

namespace Bifrost.Admin.Http;

/// <summary>One admin call: its parameters, its body, and who makes it.</summary>
internal sealed class AdminCall(HttpContext context, string id, AdminCaller caller, JsonElement? body, AdminOptions options, TimeProvider time)
{
    /// <summary>The named segment of the path.</summary>
    public string Id { get; } = id;

    public AdminCaller Caller { get; } = caller;

    public HttpContext Http => context;

    public CancellationToken Aborted => context.RequestAborted;

    /// <summary>The moment of the call.</summary>
    public DateTimeOffset Now { get; } = time.GetUtcNow();

    /// <summary>The body's object; an empty one when there is no body.</summary>
    public JsonElement Body { get; } = body ?? s_empty;

    /// <summary>Collects what is wrong with the call; the first finding is the answer.</summary>
    public Findings Findings { get; } = new(countMax: 1);

    private static readonly JsonElement s_empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>The body's fields.</summary>
    public Section Fields() => new("", Body, ReadContext.OfBody(Findings));

    public Guid NewId() => Bifrost.Ledger.Ids.Uuid.New(time);

    /// <summary>A query parameter; null when it is absent or empty.</summary>
    public string? Query(string name) => context.Request.Query.TryGetValue(name, out var value) && !string.IsNullOrEmpty(value) ? value.ToString() : null;

    /// <summary>A whole number of the query.</summary>
    public int Whole(string name, int standard, int min, int max)
    {
        if (Query(name) is not { } text) return standard;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        Findings.Add(name, $"is '{text}'; a whole number from {min} to {max} stands here");
        return standard;
    }

    /// <summary>How many objects the page may have.</summary>
    public int Limit() => Whole("limit", options.PageDefault, 1, options.PageMax);

    public int Offset() => Whole("offset", 0, 0, int.MaxValue);

    /// <summary>An id of the query, as keyset pages name the last one before them.</summary>
    public Guid? Uuid(string name)
    {
        if (Query(name) is not { } text) return null;
        if (Guid.TryParse(text, out var id)) return id;
        Findings.Add(name, $"is '{text}'; a UUID stands here");
        return null;
    }

    /// <summary>A time of the query.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Query(name) is not { } text) return null;
        if (Times.TryParse(text, out var at)) return at;
        Findings.Add(name, $"is '{text}'; a time such as 2027-01-31T00:00:00Z stands here");
        return null;
    }

    /// <summary>One of a few words of the query; null when it is absent.</summary>
    public string? Word(string name, params ReadOnlySpan<string> words)
    {
        if (Query(name) is not { } text || words.Contains(text)) return Query(name);
        Findings.Add(name, $"is '{text}'; one of {string.Join(", ", words!)} stands here");
        return null;
    }

    /// <summary>The audit's line of this call.</summary>
    /// <param name="action">What is done.</param>
    /// <param name="target">With which object.</param>
    /// <param name="detail">Writes the members of the detail; null for none. Never a secret.</param>
    public AuditEntry Audit(string action, CatalogKey target, Action<Utf8JsonWriter>? detail = null) => new()
    {
        Id = NewId(),
        At = Now,
        Actor = Caller.TokenId,
        Action = action,
        Target = target,
        Detail = AuditDetail.Write(detail ?? (json => AuditDetail.WriteFields(json, Body))),
    };
}
