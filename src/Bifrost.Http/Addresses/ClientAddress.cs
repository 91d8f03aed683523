using System.Buffers.Binary;
using System.Net;

namespace Bifrost.Http.Addresses;

/// <summary>Where a caller is (contract section 2): an IPv4 address, or an IPv6 network of 64 bits, since one subscriber has all of that.</summary>
public readonly record struct ClientAddress
{
    private readonly ulong _network;
    private readonly uint _host;

    private ClientAddress(ulong network, uint host) => (_network, _host) = (network, host);

    /// <summary>Null, as of a Unix socket, is an address of its own.</summary>
    public static ClientAddress Of(IPAddress? address)
    {
        if (address is null) return default;
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length)) return default;
        if (length == 4) return new ClientAddress(Mapped, BigEndian32(bytes));
        return address.IsIPv4MappedToIPv6
            ? new ClientAddress(Mapped, BigEndian32(bytes[12..]))
            : new ClientAddress(BinaryPrimitives.ReadUInt64BigEndian(bytes), 0);
    }

    public override string ToString()
    {
        if (this == default) return "local";
        if (_network == Mapped) return $"{_host >> 24}.{(_host >> 16) & 255}.{(_host >> 8) & 255}.{_host & 255}";
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _network);
        bytes[8..].Clear();
        return new IPAddress(bytes).ToString() + "/64";
    }

    // No IPv6 network begins with all ones.
    private const ulong Mapped = ulong.MaxValue;

    private static uint BigEndian32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
