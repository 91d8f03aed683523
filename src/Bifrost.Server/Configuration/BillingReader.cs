using System.Collections.Frozen;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>billing</c> of a provider: what its operator knows beyond the table of well-known providers.</summary>
internal static class BillingReader
{
    public static BillingProfile Read(Section? section, BillingProfile known)
    {
        if (section is null) return known;
        var closing = section.Text("closing");
        if (closing is not (null or "runs_on" or "stops" or "free")) section.Error("closing", $"is \"{closing}\"; runs_on, stops or free stands here");
        var cost = section.Text("cost");
        if (cost is not (null or "computed" or "reported")) section.Error("cost", $"is \"{cost}\"; computed or reported stands here");
        var declared = section.Texts("free_fields");
        var billing = known with
        {
            Closing = closing switch
            {
                "runs_on" => ClosingRule.RunsOn,
                "stops" => ClosingRule.Stops,
                "free" => ClosingRule.Free,
                _ => known.Closing,
            },
            FreeFields = declared is not null ? known.FreeFields.Concat(declared).ToFrozenSet(StringComparer.Ordinal) : known.FreeFields,
            DeclaredFields = declared?.Except(known.FreeFields, StringComparer.Ordinal).ToFrozenSet(StringComparer.Ordinal) ?? known.DeclaredFields,
            LimitIsMaxTokens = section.Flag("limit_is_max_tokens") ?? known.LimitIsMaxTokens,
            BooksReported = cost is null ? known.BooksReported : cost == "reported",
            HasServiceTier = section.Flag("has_service_tier") ?? known.HasServiceTier,
        };
        section.End();
        return billing;
    }
}
