/* SPDX-License-Identifier: MIT */
#include "crypto/curve.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <string.h>

static struct vit_slab *slab;

static void open_slab(void)
{
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
}

/* Everything that a test took from it must be back. */
static void close_slab(void)
{
    vit_slab_destroy(slab);
}

TestSuite(curve, .init = open_slab, .fini = close_slab);

struct numbers {
    uint8_t x[VIT_CURVE_MAX_LEN], y[VIT_CURVE_MAX_LEN], scalar[VIT_CURVE_MAX_LEN];
};

static struct vit_agree_key *generate(const struct vit_curve *curve, struct numbers *numbers)
{
    struct vit_agree_key *key = NULL;
    cr_assert_eq(vit_curve_generate(curve, &key), VIT_OK, "%s", curve->name);
    cr_assert_eq(vit_curve_export_public(key, numbers->x, numbers->y), VIT_OK);
    cr_assert_eq(vit_curve_export_private(key, numbers->scalar, vit_curve_order_len(curve)),
            VIT_OK);
    return key;
}

/* Of a new key, which nobody needs any more. */
static void make_numbers(const struct vit_curve *curve, struct numbers *numbers)
{
    vit_agree_key_destroy(generate(curve, numbers));
}

static enum vit_status import_public(const struct vit_curve *curve, const struct numbers *numbers)
{
    VIT_AUTO(agree_key) key = NULL;
    return vit_curve_import_public(curve, VIT_CURVE_CHECK_ALL, numbers->x, numbers->y, &key);
}

static enum vit_status import_private(const struct vit_curve *curve, const struct numbers *numbers)
{
    VIT_AUTO(agree_key) key = NULL;
    return vit_curve_import_private(slab, curve, numbers->x, numbers->y, numbers->scalar,
            vit_curve_order_len(curve), &key);
}

Test(curve, table_says_what_openssl_says)
{
    const struct vit_curve *curve;
    for (size_t i = 0; (curve = vit_curve_at(i)) != NULL; i++) {
        if (curve->group == NULL) {
            continue;
        }
        EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(curve->group));
        cr_assert_not_null(group, "%s", curve->name);
        cr_assert_eq((unsigned)EC_GROUP_get_degree(group), curve->bits, "%s", curve->name);
        cr_assert_eq((unsigned)EC_GROUP_order_bits(group), curve->order_bits, "%s", curve->name);
        cr_assert(BN_is_one(EC_GROUP_get0_cofactor(group)), "%s", curve->name);
        cr_assert_eq(vit_curve_find(curve->name), curve);
        EC_GROUP_free(group);
    }
    cr_assert_null(vit_curve_find("numsP256t1"));
    cr_assert_null(vit_curve_find(""));
}

Test(curve, keys_of_every_curve_agree_both_ways_and_come_back_from_their_numbers)
{
    const struct vit_curve *curve;
    for (size_t i = 0; (curve = vit_curve_at(i)) != NULL; i++) {
        struct numbers ours, theirs, again;
        VIT_AUTO(agree_key) own = generate(curve, &ours);
        VIT_AUTO(agree_key) peer = generate(curve, &theirs);
        VIT_AUTO(agree_key) public = NULL;
        VIT_AUTO(agree_key) copy = NULL;
        uint8_t a[VIT_AGREE_MAX_LEN] = { 0 }, b[VIT_AGREE_MAX_LEN] = { 0 };
        cr_assert_eq(vit_agree_len(own), vit_curve_len(curve));
        cr_assert_eq(vit_curve_import_public(curve, VIT_CURVE_CHECK_ALL, theirs.x, theirs.y,
                             &public),
                VIT_OK, "%s", curve->name);
        cr_assert_eq(vit_curve_import_private(slab, curve, ours.x, ours.y, ours.scalar,
                             vit_curve_order_len(curve), &copy),
                VIT_OK, "%s", curve->name);
        cr_assert_eq(vit_curve_of(copy), curve);
        cr_assert_eq(vit_agree(copy, public, a), VIT_OK, "%s", curve->name);
        cr_assert_eq(vit_agree(peer, own, b), VIT_OK, "%s", curve->name);
        cr_assert_arr_eq(a, b, sizeof(a), "%s", curve->name);
        cr_assert_eq(vit_curve_export_private(copy, again.scalar, vit_curve_order_len(curve)),
                VIT_OK);
        cr_assert_arr_eq(again.scalar, ours.scalar, vit_curve_order_len(curve));
        cr_assert_eq(vit_agree(public, own, a), VIT_E_ARG);
    }
}

Test(curve, a_public_key_is_made_of_the_scalar_where_none_is_given)
{
    const char *names[] = { "nistP256", "nistP521", "secP160k1", "curve25519" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct vit_curve *curve = vit_curve_find(names[i]);
        struct numbers numbers, again;
        make_numbers(curve, &numbers);
        VIT_AUTO(agree_key) made = NULL;
        static const uint8_t zero[VIT_CURVE_MAX_LEN];
        cr_assert_eq(vit_curve_import_private(slab, curve, zero, zero, numbers.scalar,
                             vit_curve_order_len(curve), &made),
                VIT_OK);
        cr_assert_eq(vit_curve_export_public(made, again.x, again.y), VIT_OK);
        cr_assert_arr_eq(again.x, numbers.x, vit_curve_len(curve));
        cr_assert_arr_eq(again.y, numbers.y, vit_curve_len(curve));
    }
}

Test(curve, refuses_points_that_are_not_on_the_curve)
{
    const struct vit_curve *curve;
    for (size_t i = 0; (curve = vit_curve_at(i)) != NULL; i++) {
        struct numbers numbers;
        make_numbers(curve, &numbers);
        if (curve->group == NULL) {
            continue;
        }
        cr_assert_eq(import_public(curve, &numbers), VIT_OK);
        numbers.y[vit_curve_len(curve) - 1] ^= 1;
        cr_assert_eq(import_public(curve, &numbers), VIT_E_REFUSED, "%s", curve->name);
        cr_assert_eq(import_private(curve, &numbers), VIT_E_REFUSED, "%s", curve->name);
        memset(&numbers.x, 0, sizeof(numbers.x));
        memset(&numbers.y, 0, sizeof(numbers.y)); /* how some write the infinite point */
        cr_assert_eq(import_public(curve, &numbers), VIT_E_REFUSED, "%s", curve->name);
    }
}

/* out = a + b, len bytes; false: it does not fit. */
static bool add(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t len)
{
    unsigned carry = 0;
    for (size_t i = len; i-- > 0;) {
        carry += a[i] + b[i];
        out[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return carry == 0;
}

/* x = 0 is on nistP256, and so x = p would be. */
Test(curve, refuses_a_coordinate_that_reaches_the_prime)
{
    const struct vit_curve *curve = vit_curve_find("nistP521");
    struct vit_curve_parameters parameters;
    struct numbers numbers, moved;
    make_numbers(curve, &numbers);
    cr_assert_eq(vit_curve_get_parameters(curve, &parameters), VIT_OK);
    moved = numbers;
    cr_assert(add(moved.x, numbers.x, parameters.p, vit_curve_len(curve)));
    cr_assert_eq(import_public(curve, &moved), VIT_E_REFUSED);
    moved = numbers;
    cr_assert(add(moved.y, numbers.y, parameters.p, vit_curve_len(curve)));
    cr_assert_eq(import_public(curve, &moved), VIT_E_REFUSED);
}

Test(curve, takes_scalars_from_one_to_the_order_less_one)
{
    const char *names[] = { "nistP256", "nistP384", "nistP521", "brainpoolP256r1", "secP224k1" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct vit_curve *curve = vit_curve_find(names[i]);
        size_t len = vit_curve_order_len(curve);
        struct vit_curve_parameters parameters;
        struct numbers numbers = { 0 };
        cr_assert_eq(vit_curve_get_parameters(curve, &parameters), VIT_OK);
        cr_assert_eq(import_private(curve, &numbers), VIT_E_REFUSED);
        numbers.scalar[len - 1] = 1;
        cr_assert_eq(import_private(curve, &numbers), VIT_OK, "%s", names[i]);
        memcpy(numbers.scalar, parameters.order, len);
        cr_assert_eq(import_private(curve, &numbers), VIT_E_REFUSED);
        numbers.scalar[len - 1]--;
        cr_assert_eq(import_private(curve, &numbers), VIT_OK, "%s", names[i]);
        memset(numbers.scalar, 0xff, len);
        cr_assert_eq(import_private(curve, &numbers), VIT_E_REFUSED);
    }
}

Test(curve, refuses_a_point_of_another_scalar)
{
    const char *names[] = { "nistP256", "curve25519" };
    for (size_t i = 0; i < 2; i++) {
        const struct vit_curve *curve = vit_curve_find(names[i]);
        struct numbers ours, theirs;
        make_numbers(curve, &ours);
        make_numbers(curve, &theirs);
        memcpy(ours.x, theirs.x, sizeof(ours.x));
        memcpy(ours.y, theirs.y, sizeof(ours.y));
        cr_assert_eq(import_private(curve, &ours), VIT_E_REFUSED);
    }
}

static void from_hex(const char *text, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned value;
        cr_assert_eq(sscanf(text + 2 * i, "%2x", &value), 1);
        bytes[i] = (uint8_t)value;
    }
}

/* RFC 7748, section 5.2 */
Test(curve, agrees_on_curve25519_in_the_byte_order_of_its_rfc)
{
    const struct vit_curve *curve = vit_curve_find("curve25519");
    static const uint8_t zero[32];
    uint8_t scalar[32], point[32], expected[32], made[32];
    VIT_AUTO(agree_key) own = NULL;
    VIT_AUTO(agree_key) peer = NULL;
    from_hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", scalar, 32);
    from_hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", point, 32);
    from_hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", expected, 32);
    cr_assert_eq(vit_curve_import_private(slab, curve, zero, zero, scalar, 32, &own),
            VIT_E_REFUSED);
    scalar[0] &= 0xf8;
    scalar[31] = (uint8_t)((scalar[31] & 0x7f) | 0x40);
    cr_assert_eq(vit_curve_import_private(slab, curve, zero, zero, scalar, 32, &own), VIT_OK);
    cr_assert_eq(vit_curve_import_public(curve, VIT_CURVE_CHECK_ALL, point, zero, &peer), VIT_OK);
    cr_assert_eq(vit_agree(own, peer, made), VIT_OK);
    cr_assert_arr_eq(made, expected, 32);
}

Test(curve, refuses_points_of_small_order_on_curve25519)
{
    static const char *points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    const struct vit_curve *curve = vit_curve_find("curve25519");
    struct numbers numbers;
    VIT_AUTO(agree_key) own = generate(curve, &numbers);
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        VIT_AUTO(agree_key) peer = NULL;
        uint8_t x[32], secret[32] = { 1 };
        static const uint8_t zero[32];
        from_hex(points[i], x, 32);
        cr_assert_eq(vit_curve_import_public(curve, VIT_CURVE_CHECK_ALL, x, zero, &peer),
                VIT_E_REFUSED);
        cr_assert_eq(vit_curve_import_public(curve, VIT_CURVE_CHECK_LITTLE, x, zero, &peer),
                VIT_OK);
        cr_assert_eq(vit_agree(own, peer, secret), VIT_E_REFUSED);
        cr_assert_arr_eq(secret, zero, 32);
    }
}

Test(curve, refuses_what_reaches_the_prime_of_curve25519)
{
    const struct vit_curve *curve = vit_curve_find("curve25519");
    uint8_t x[32], zero[32] = { 0 };
    for (unsigned above = 0; above < 19; above++) {
        VIT_AUTO(agree_key) key = NULL;
        memset(x, 0xff, sizeof(x));
        x[31] = 0x7f;
        x[0] = (uint8_t)(0xed + above);
        cr_assert_eq(vit_curve_import_public(curve, VIT_CURVE_CHECK_LITTLE, x, zero, &key),
                VIT_E_REFUSED);
    }
    VIT_AUTO(agree_key) key = NULL;
    x[0] = 0xeb; /* the prime less 2 */
    cr_assert_eq(vit_curve_import_public(curve, VIT_CURVE_CHECK_ALL, x, zero, &key), VIT_OK);
    memset(x, 0, sizeof(x));
    x[0] = 9;
    x[31] = 0x80;
    cr_assert_eq(vit_curve_import_public(curve, VIT_CURVE_CHECK_ALL, x, zero, &key), VIT_E_REFUSED);
}

Test(curve, keys_of_two_groups_do_not_agree)
{
    const char *names[] = { "nistP256", "brainpoolP256r1", "secP256k1", "curve25519", "nistP384" };
    struct numbers numbers;
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 5; j++) {
            VIT_AUTO(agree_key) own = generate(vit_curve_find(names[i]), &numbers);
            VIT_AUTO(agree_key) peer = generate(vit_curve_find(names[j]), &numbers);
            uint8_t secret[VIT_AGREE_MAX_LEN];
            cr_assert_eq(vit_agree(own, peer, secret), i == j ? VIT_OK : VIT_E_REFUSED);
        }
    }
    VIT_AUTO(agree_key) own = generate(vit_curve_find("nistP256"), &numbers);
    VIT_AUTO(agree_key) peer = generate(vit_curve_find("secP256r1"), &numbers);
    uint8_t secret[VIT_AGREE_MAX_LEN];
    cr_assert_eq(vit_agree(own, peer, secret), VIT_OK);
}

/* A short secret keeps its zeros in front: tried until one comes. */
Test(curve, secrets_keep_leading_zeros)
{
    const char *names[] = { "nistP256", "nistP384", "nistP521" };
    for (size_t i = 0; i < 3; i++) {
        const struct vit_curve *curve = vit_curve_find(names[i]);
        struct numbers numbers;
        VIT_AUTO(agree_key) own = generate(curve, &numbers);
        unsigned found = 0;
        for (unsigned tries = 0; tries < 4000 && found == 0; tries++) {
            VIT_AUTO(agree_key) peer = generate(curve, &numbers);
            uint8_t a[VIT_AGREE_MAX_LEN], b[VIT_AGREE_MAX_LEN];
            cr_assert_eq(vit_agree(own, peer, a), VIT_OK);
            if (a[0] == 0) {
                cr_assert_eq(vit_agree(peer, own, b), VIT_OK);
                cr_assert_arr_eq(a, b, vit_curve_len(curve));
                found++;
            }
        }
        cr_assert_eq(found, 1, "%s", names[i]);
    }
}
