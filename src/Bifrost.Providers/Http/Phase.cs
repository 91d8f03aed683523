namespace Bifrost.Providers.Http;

/// <summary>What a call is waiting for, hence which limit ended it.</summary>
internal enum Phase
{
    /// <summary>The headers of the answer.</summary>
    FirstByte,

    /// <summary>The first chunk behind the headers, counted from the last sign of life.</summary>
    FirstChunk,
    FirstToken,
    Idle,
    Total,
}
