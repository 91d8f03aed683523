using System.Net;
using Bifrost.Http.Addresses;
using Bifrost.Http.Connections;
using Microsoft.AspNetCore.Http;

namespace Bifrost.Gateway.Tests.Http;

/// <summary>What an address is (contract section 2), and how many connections there may be.</summary>
public class Addresses
{
    private static readonly ClientAddresses s_behind = new([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")]);

    [Theory]
    [InlineData("198.51.100.7", "203.0.113.1", "198.51.100.7")]
    [InlineData("10.1.2.3", null, "10.1.2.3")]
    [InlineData("10.1.2.3", "203.0.113.1", "203.0.113.1")]
    [InlineData("::ffff:10.1.2.3", "203.0.113.1", "203.0.113.1")]
    [InlineData("10.1.2.3", "198.51.100.1, 203.0.113.1, 10.9.9.9", "203.0.113.1")]
    [InlineData("10.1.2.3", "198.51.100.1,203.0.113.1:4711", "203.0.113.1")]
    [InlineData("10.1.2.3", "203.0.113.1, nonsense", "10.1.2.3")]
    [InlineData("10.1.2.3", "10.4.5.6, 10.7.8.9", "10.4.5.6")]
    [InlineData("10.1.2.3", "2001:db8:1:2:3::4", "2001:db8:1:2::/64")]
    [InlineData("10.1.2.3", "[2001:db8:1:2:9::4]:80", "2001:db8:1:2::/64")]
    public void The_last_address_that_no_proxy_of_ours_has_is_the_callers(string connection, string? forwarded, string expected)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(connection);
        if (forwarded is not null) context.Request.Headers["X-Forwarded-For"] = forwarded;
        Assert.Equal(expected, s_behind.Of(context).ToString());
    }

    [Fact]
    public void Headers_of_several_lines_are_read_from_the_last_on()
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("10.1.2.3");
        context.Request.Headers["X-Forwarded-For"] = new(["198.51.100.1", "203.0.113.1", "10.2.2.2"]);
        Assert.Equal("203.0.113.1", s_behind.Of(context).ToString());
    }

    [Fact]
    public void One_subscribers_network_is_one_address()
    {
        Assert.Equal(ClientAddress.Of(IPAddress.Parse("2001:db8::1")), ClientAddress.Of(IPAddress.Parse("2001:db8::ffff:1")));
        Assert.NotEqual(ClientAddress.Of(IPAddress.Parse("2001:db8::1")), ClientAddress.Of(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.Equal(ClientAddress.Of(IPAddress.Parse("::ffff:1.2.3.4")), ClientAddress.Of(IPAddress.Parse("1.2.3.4")));
        Assert.NotEqual(ClientAddress.Of(IPAddress.Parse("1.2.3.5")), ClientAddress.Of(IPAddress.Parse("1.2.3.4")));
    }

    [Theory]
    [InlineData(64, 32, 16)]
    [InlineData(600, 35, 16)]
    [InlineData(1_024, 204, 51)]
    [InlineData(524_288, 16_384, 4_096)]
    [InlineData(long.MaxValue / 4, 16_384, 4_096)]
    public void Connections_leave_files_for_the_store_and_upstreams(long files, int max, int addressMax) =>
        Assert.Equal(new ConnectionLimits(max, addressMax), ConnectionLimits.Of(files));

    /// <summary>All that may be open at once, with the 490 files that the process has when it has loaded everything.</summary>
    [Theory]
    [InlineData(ConnectionLimits.FilesMin)]
    [InlineData(1_024)]
    [InlineData(4_096)]
    public void Callers_upstreams_and_the_process_itself_fit_into_the_files(long files)
    {
        var limits = ConnectionLimits.Of(files);
        Assert.InRange(490 + (2 * limits.Max) + (2 * limits.OtherUpstreamsMax), 0, files);
    }

    [Fact]
    public void The_limit_of_files_is_read_as_the_system_writes_it()
    {
        const string Limits = """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             127410               127410               processes
            Max open files            1024                 524288               files
            """;
        Assert.Equal(1_024, ConnectionLimits.FilesIn(Limits));
        Assert.True(ConnectionLimits.FilesIn("Max open files            unlimited            unlimited            files") > 1_000_000);
        Assert.True(ConnectionLimits.FilesIn("") > 1_000_000);
    }
}
