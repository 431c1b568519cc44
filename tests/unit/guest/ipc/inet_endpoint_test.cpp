#include "guest/ipc/inet_endpoint.h"

#include <gtest/gtest.h>

namespace mayfly::guest {
namespace {

TEST(Endpoint, GoesThroughAnIpv4Address) {
    const auto endpoint = Endpoint::loopback(true, 8080);

    const auto address = endpoint.to_address(AF_INET);
    const auto parsed = Endpoint::parse(address);

    EXPECT_EQ(address.size(), 16u);
    EXPECT_EQ(address.family(), AF_INET);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->same_ip(endpoint));
    EXPECT_EQ(parsed->port, 8080);
    EXPECT_TRUE(parsed->is_ipv4());
    EXPECT_TRUE(parsed->is_loopback());
}

TEST(Endpoint, Ipv6SeesIpv4AsMapped) {
    const auto address = Endpoint::loopback(true, 1).to_address(AF_INET6);

    const auto parsed = Endpoint::parse(address);

    EXPECT_EQ(address.size(), 28u);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->is_ipv4());
    EXPECT_TRUE(parsed->is_loopback());
}

TEST(Endpoint, KnowsTheWildcards) {
    EXPECT_TRUE(Endpoint::any(AF_INET, 5).is_any());
    EXPECT_TRUE(Endpoint::any(AF_INET, 5).is_ipv4());
    EXPECT_TRUE(Endpoint::any(AF_INET6, 5).is_any());
    EXPECT_FALSE(Endpoint::any(AF_INET6, 5).is_ipv4());
    EXPECT_FALSE(Endpoint::loopback(false, 5).is_any());
    EXPECT_TRUE(Endpoint::loopback(false, 5).is_loopback());
}

TEST(Endpoint, RefusesShortAndForeignAddresses) {
    const auto whole = Endpoint::loopback(true, 1).to_address(AF_INET);
    const auto shorter = SocketAddress::of(whole.as<std::array<char, 16>>(), 8);

    EXPECT_EQ(Endpoint::parse(shorter).error().value, EINVAL);
    EXPECT_EQ(Endpoint::parse(SocketAddress::of_family(AF_UNIX)).error().value, EAFNOSUPPORT);
    EXPECT_EQ(Endpoint::parse(SocketAddress{}).error().value, EAFNOSUPPORT);
}

}  // namespace
}  // namespace mayfly::guest
