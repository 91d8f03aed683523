namespace Bifrost.Providers.Http;

/// <summary>What a call is waiting for, hence which limit ended it.</summary>
internal enum Phase
{
    FirstByte,
    Idle,
    Total,
}
