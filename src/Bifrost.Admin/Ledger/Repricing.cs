using System.Buffers.Binary;
using System.Security.Cryptography;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Admin.Ledger;

/// <summary>What became of an entry that was priced again.</summary>
internal enum Repriced
{
    /// <summary>It costs what is booked of it.</summary>
    Same,

    /// <summary>It costs something else.</summary>
    Differs,

    /// <summary>Its usage is an estimate, or nothing: nothing follows from a price.</summary>
    NotTold,

    /// <summary>Its model has no price that held when it was called.</summary>
    Unpriced,

    /// <summary>Its model costs more in some service tiers, and the entry does not say in which it ran.</summary>
    TierUnknown,
}

/// <summary>Prices entries of calls again, by the prices of now that held when they were called.</summary>
internal static class Repricing
{
    /// <summary>What begins the reason of a correction; the attempt's id follows, then a colon.</summary>
    private const string ReasonPrefix = "reprice ";

    /// <param name="catalog">What is configured.</param>
    /// <param name="entry">An entry of a call.</param>
    /// <param name="serviceTier">The tier that it ran in; empty: the plain one; null: not known.</param>
    /// <param name="corrected">What earlier corrections of this kind add up to.</param>
    /// <param name="nanos">What it costs where it differs.</param>
    public static Repriced Price(CatalogSnapshot catalog, LedgerEntry entry, string? serviceTier, long corrected, out long nanos)
    {
        nanos = 0;
        if (entry.Kind != LedgerEntryKind.Settle || entry.Estimated || entry.Usage.TotalTokens == 0) return Repriced.NotTold;
        var provider = catalog.Providers.GetValueOrDefault(entry.Provider);
        if (provider is { Billing.BooksReported: true } && entry.ReportedNanos is { } reported) nanos = reported;
        else
        {
            if (catalog.PriceOf(entry.Provider, entry.Model, UuidTime.MadeAt(entry.AttemptId)) is not { } price) return Repriced.Unpriced;
            if (serviceTier is null && !price.ServiceTiers.IsEmpty) return Repriced.TierUnknown;
            nanos = CostCalculator.Cost(price.Tier(serviceTier) ?? price, entry.Usage).TotalNanos;
        }

        return nanos == entry.CostNanos + corrected ? Repriced.Same : Repriced.Differs;
    }

    /// <summary>What corrections of this kind among these have already changed of an attempt, and how many they are.</summary>
    public static (long Nanos, int Count) CorrectedOf(Guid attempt, ImmutableArray<LedgerEntry> corrections)
    {
        var (sum, count) = (0L, 0);
        var prefix = $"{ReasonPrefix}{attempt}:";
        foreach (var one in corrections)
        {
            if (one.Kind != LedgerEntryKind.Adjust || one.Reason?.StartsWith(prefix, StringComparison.Ordinal) != true) continue;
            sum += one.CostNanos;
            count++;
        }

        return (sum, count);
    }

    /// <summary>
    /// The entry that brings what is booked to what it costs. Its id follows from these, so that two who find the same book it once.
    /// </summary>
    /// <param name="entry">The entry of the call.</param>
    /// <param name="before">How many corrections there are.</param>
    /// <param name="booked">What is booked with them.</param>
    /// <param name="nanos">What it costs.</param>
    public static LedgerEntry Correction(LedgerEntry entry, int before, long booked, long nanos) => new()
    {
        AttemptId = IdOf(entry.AttemptId, before, booked, nanos),
        LeaseId = entry.LeaseId,
        Kind = LedgerEntryKind.Adjust,
        VirtualKeyId = entry.VirtualKeyId,
        TeamId = entry.TeamId,
        CustomerId = entry.CustomerId,
        Provider = entry.Provider,
        Model = entry.Model,
        RequestId = entry.RequestId,
        JobId = entry.JobId,
        CostNanos = nanos - booked,
        Reason = $"{ReasonPrefix}{entry.AttemptId}: {Nanos.ToUsd(booked)} to {Nanos.ToUsd(nanos)} USD",
    };

    /// <summary>An id of the attempt's own time, so that it stands beside it.</summary>
    private static Guid IdOf(Guid attempt, int before, long booked, long nanos)
    {
        Span<byte> bytes = stackalloc byte[16 + (3 * sizeof(long))];
        attempt.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], booked);
        BinaryPrimitives.WriteInt64BigEndian(bytes[24..], nanos);
        BinaryPrimitives.WriteInt64BigEndian(bytes[32..], before);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        hash[..8].CopyTo(bytes[8..]);
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes[..16], bigEndian: true);
    }
}
