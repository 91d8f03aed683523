using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>A batch that was made and not answered yet, with the entries whose callers it tells.</summary>
internal sealed record BatchInFlight(PostChunk? Chunk, LedgerBatch Batch);
